// Prints a line for each test, and at the end the counts in the format that `.ci/run` adds up.

export default async function* report(events) {
    let passed = 0;
    let failed = 0;
    let skipped = 0;
    for await (const { type, data } of events) {
        if (type === "test:stderr" || type === "test:stdout") yield data.message;
        if (type !== "test:pass" && type !== "test:fail") continue;
        const isFile = data.details.type === "suite" || data.name.endsWith(".test.js");
        if (type === "test:fail") {
            const error = data.details.error?.cause ?? data.details.error;
            // Ignore the failure of a file that is caused by its tests. A file also fails if it does not load.
            if (isFile && data.details.error?.failureType === "subtestsFailed") continue;
            failed++;
            yield `FAIL  ${data.name}: ${error?.stack ?? error}\n`;
        } else if (data.skip !== undefined) {
            skipped++;
            yield `SKIPPED: ${data.name}: ${data.skip}\n`;
        } else if (!isFile) {
            passed++;
            yield `ok    ${data.name} (${Math.round(data.details.duration_ms)} ms)\n`;
        }
    }
    yield `${passed} passed, ${failed} failed, ${skipped} skipped (JavaScript client)\n`;
}
