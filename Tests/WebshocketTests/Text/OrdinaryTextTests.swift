import Testing
import Webshocket

@Suite("Ordinary text", .timeLimit(.minutes(5)))
struct OrdinaryTextTests {
    /// A language or kind of text, and an example.
    static let texts: [(String, String)] = [
        ("English", "The quick brown fox jumps over the lazy dog."),
        ("Vietnamese, decomposed", "Tie\u{302}\u{301}ng Vie\u{323}\u{302}t nguye\u{302}\u{303}n thuye\u{302}\u{300}n"),
        ("Vietnamese", "Tiếng Việt: nghiêng, thuyền, người, được"),
        ("Polytonic Greek", "ᾂδης ᾧτινι ἀγγέλλοιμ’ ᾅσματα ᾒ ᾢ"),
        ("Polytonic Greek, decomposed", "α\u{313}\u{300}\u{345}δης ω\u{314}\u{342}\u{345}"),
        ("Tibetan", "བོད་སྐད་ཀྱི་ཡི་གེ་ ཧཱུྃ ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ རྐྱེན་སྤྱོད་བསྒྲུབས"),
        ("Hebrew with points", "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים אֵ֥ת הַשָּׁמַ֖יִם וְאֵ֥ת הָאָֽרֶץ׃"),
        ("Arabic with marks", "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ ۝ مُّحَمَّدٌ رَّسُولُ ٱللَّهِۚ"),
        ("Arabic ligatures", "ﷺ ﷲ ﷽ ﻻ"),
        ("Syriac with points", "ܡܶܠܬ݂ܳܐ ܐܺܝܬܰܘܗ̱ܝ ܗ̣ܘܳܐ ܒ݁ܪܺܫܺܝܬ݂"),
        ("Thai", "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน ที่นี้ก็ได้"),
        ("Lao", "ພາສາລາວ ເປັນ ພາສາ ທີ່ ມີ ວັນນະຍຸດ ນໍ້າ"), ("Khmer", "ភាសាខ្មែរ ព្រះរាជាណាចក្រ"),
        ("Burmese", "မြန်မာဘာသာ ဂုဏ်သိက္ခာ"), ("Devanagari", "क्षत्रिय हिन्दी में लिखा हुआ पाठ, ज़िंदगी, ॐ स्त्री"),
        ("Bengali", "বাংলা ভাষা ক্ষুদ্র ড় ঢ় য় কো কৌ"), ("Tamil", "தமிழ் மொழி கொண்டாட்டம்"),
        ("Malayalam", "മലയാളം ക്ഷേത്രം ന്യായമൂർത്തി"), ("Kannada", "ಕನ್ನಡ ಭಾಷೆ ಕೋಶ"), ("Sinhala", "සිංහල භාෂාව ශ්‍රී"),
        ("Korean", "한국어 문장입니다"), ("Korean jamo", "한국어 각"),
        ("Old Korean jamo", "ᄒᆞᆫ글 ᄆᆞᅀᆞᆷ"), ("Half-width Korean", "ﾡﾤﾧ ￂￃￄ"), ("Japanese", "日本語の文章。がぎぐげご"),
        ("Japanese, decomposed", "か\u{3099}き\u{3099}く\u{3099}は\u{309A}"), ("Half-width Japanese", "ｶﾞｷﾞｸﾞｹﾞｺﾞﾊﾟﾋﾟﾌﾟﾍﾟﾎﾟ"),
        ("Chinese", "汉字是世界上最古老的文字之一，𠮷野家。"), ("Russian", "Съешь ещё этих мягких французских булок, да выпей чаю"),
        ("Church Slavonic", "въ нача́лѣ бѣ̀ сло́во, и҆ сло́во бѣ̀ къ бг҃ꙋ"), ("Georgian", "ქართული ენა"),
        ("Armenian", "Հայոց լեզու"),
        ("Amharic", "አማርኛ ቋንቋ"), ("Yoruba", "Ẹ kú àárọ̀, ọ̀rẹ́ mi; ǹjẹ́ o wà dáadáa?"), ("N'Ko", "ߒߞߏ ߞߊ߲ߜߍ߫"),
        ("Mongolian", "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ᠌"), ("Phonetic", "[t͡ʃʰo̞˞ˑ.ŋ̊ʷ] ʔɛ̃ː˥˩"), ("Mathematics", "∀x∈ℝ: ∃ε>0, x⃗·y⃗ ≠ 0̸ ⇒ ℏ²∇̂²"),
        ("Fullwidth", "ＡＢＣ①②㍿㌀"), ("a family", "👨‍👩‍👧‍👦 👩🏽‍❤️‍💋‍👨🏿 🧑🏻‍🤝‍🧑🏿"), ("keycaps", "1️⃣2️⃣#️⃣*️⃣"),
        ("flags", "🇩🇪🇫🇷🇮🇹🇪🇸🇬🇧🇺🇸🇯🇵🇰🇷🇨🇳🇮🇳🇧🇷🇿🇦🇳🇬🇪🇬🇦🇺🇳🇿🇨🇦🇲🇽🇦🇷🇨🇱🇵🇪🇨🇴🇻🇪🇺🇾"),
        ("flags of regions", "🏴󠁧󠁢󠁥󠁮󠁧󠁿🏴󠁧󠁢󠁳󠁣󠁴󠁿🏴󠁧󠁢󠁷󠁬󠁳󠁿"), ("decorated text", "Z̷̢̛̬̈́á̶̡̭l̵̝̆g̴͕̾o̶̰̒"),
        ("the newest emoji of Unicode 16 and 17", "🫩🫆🪾🫜🪉🪏🫟 \u{1FAEA}\u{1FACD}\u{1FA8A}"),
        ("a script of Unicode 15", Runs.of("\u{11F02}", 64)), ("ideographs of Unicode 17", Runs.of("\u{323B0}", 64)),
        ("private use", Runs.of("\u{E000}", 64) + Runs.of("\u{F0000}", 64)),
    ]

    @Test("ordinary text is accepted as a value, a key and a text message in both codecs", arguments: texts)
    func passes(kind: String, text: String) async throws {
        let repeated = String(repeating: text + " ", count: 20)
        let value: WireValue = [text: .string(repeated)]
        try await withServer(routes: {
            WebSocketRoute("/", LongRunHandler())
            WebSocketRoute("/raw", access: .everyone) { connection, message in connection.send(message) }
        }) { server in
            for codec in PacketCodec.codecs {
                try await withClient(server.url, codec) { client in
                    try await client.expect(value, from: "echo", value)
                }
            }
            try await withRawClient("\(server.url)/raw") { client in
                try await client.send(.text(repeated))
                #expect(try await client.receive() == .text(repeated))
            }
        }
    }
}
