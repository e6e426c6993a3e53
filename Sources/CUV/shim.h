#pragma once
#if !__has_include(<uv.h>)
#error "Webshocket needs libuv: apt-get install libuv1-dev, or brew install libuv"
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>
#ifdef __linux__
#include <sys/prctl.h>
/* Glibc declares it only if _GNU_SOURCE is defined, and a Clang module cannot define it afterwards. */
extern int accept4(int, struct sockaddr *, socklen_t *, int);
#endif

/* The loop that runs on this thread. It is weak instead of static, so that all object files that include this header
 * share one variable. */
__attribute__((weak)) __thread void *cuv_current_loop = 0;
static inline void *cuv_get_current_loop(void) { return cuv_current_loop; }
static inline void cuv_set_current_loop(void *loop) { cuv_current_loop = loop; }

/* The poll event for a peer that has closed its sending side. On Linux it is POLLRDHUP, which Glibc declares only if
 * _GNU_SOURCE is defined. */
#ifdef __linux__
enum { CUV_POLL_PEER_ENDED = 0x2000 };
#else
enum { CUV_POLL_PEER_ENDED = POLLHUP };
#endif

static inline void cuv_name_thread(const char *name) {
#ifdef __linux__
    prctl(PR_SET_NAME, name, 0, 0, 0);
#else
    pthread_setname_np(name);
#endif
}

/* Makes writing to a disconnected peer return an error instead of terminating the process. */
static inline void cuv_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

/* The functions below return a negated errno, as libuv does. */

static inline int cuv_make_private(int fd) {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

/* Opens a stream socket that is non-blocking and closed on exec. */
static inline int cuv_stream_socket(int family) {
#ifdef __linux__
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
#else
    int fd = socket(family, SOCK_STREAM, 0);
    return fd < 0 ? -errno : cuv_make_private(fd);
#endif
}

/* Makes the next close send a reset and discard queued bytes. */
static inline int cuv_reset_on_close(int fd) {
    struct linger linger = {1, 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) < 0 ? -errno : 0;
}

static inline int cuv_accept(int listener, struct sockaddr_storage *peer, socklen_t *length) {
#ifdef __linux__
    int fd = accept4(listener, (struct sockaddr *)peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return fd < 0 ? -errno : fd;
#else
    int fd = accept(listener, (struct sockaddr *)peer, length);
    return fd < 0 ? -errno : cuv_make_private(fd);
#endif
}

/* Does the same as uv_try_write for one buffer and an empty write queue, but with send(). It costs a few percent less
 * than write(), because it is specific to sockets. */
static inline ssize_t cuv_try_send(int fd, const void *bytes, size_t count) {
#ifdef MSG_NOSIGNAL
    const int flags = MSG_NOSIGNAL;
#else
    const int flags = 0;
#endif
    ssize_t sent;
    do {
        sent = send(fd, bytes, count, flags);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return sent;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? -EAGAIN : -errno;
}

static inline int cuv_set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

static inline int cuv_bind(int fd, const struct sockaddr *address, socklen_t length) {
    return bind(fd, address, length) < 0 ? -errno : 0;
}

static inline int cuv_connect(int fd, const struct sockaddr *address, socklen_t length) {
    return connect(fd, address, length) < 0 ? -errno : 0;
}

static inline int cuv_listen(int fd, int backlog) { return listen(fd, backlog) < 0 ? -errno : 0; }

static inline int cuv_local_name(int fd, struct sockaddr_storage *address, socklen_t *length) {
    return getsockname(fd, (struct sockaddr *)address, length) < 0 ? -errno : 0;
}

/* Sends FIN. This side can still read. */
static inline int cuv_half_close(int fd) { return shutdown(fd, SHUT_WR) < 0 ? -errno : 0; }

/* Opens up to `count` descriptors, at most 8,192, and closes them again. Returns the number of descriptors opened. */
static inline int cuv_descriptors_left(int count) {
    int descriptors[8192], opened = 0;
    while (opened < count && opened < 8192) {
        if ((descriptors[opened] = cuv_stream_socket(AF_UNIX)) < 0) break;
        opened++;
    }
    for (int index = 0; index < opened; index++) close(descriptors[index]);
    return opened;
}

static inline void *cuv_pass_gate(void *gate) {
    pthread_mutex_lock((pthread_mutex_t *)gate);
    pthread_mutex_unlock((pthread_mutex_t *)gate);
    return 0;
}

/* Starts up to `count` threads, at most 256, and ends them again. Returns the number of threads started. */
static inline int cuv_threads_left(int count) {
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[256];
    int started = 0;
    pthread_mutex_lock(&gate);
    while (started < count && started < 256) {
        if (pthread_create(&threads[started], 0, cuv_pass_gate, &gate) != 0) break;
        started++;
    }
    pthread_mutex_unlock(&gate);
    for (int index = 0; index < started; index++) pthread_join(threads[index], 0);
    return started;
}

/* Opens /dev/null for each of the descriptors 0 to 2 that is closed. */
static inline int cuv_open_standard_streams(void) {
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        /* open() returns the lowest free number, which is this one. */
        if (open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) < 0) return -errno;
    }
    return 0;
}

/* Returns the soft limit on open descriptors; INT64_MAX if unlimited. */
static inline int64_t cuv_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > INT64_MAX)
        return INT64_MAX;
    return (int64_t)limit.rlim_cur;
}

/* Raises the soft limit on open descriptors to the hard limit. */
static inline int cuv_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if (limit.rlim_cur == limit.rlim_max) return 0;
    limit.rlim_cur = limit.rlim_max;
#ifdef __APPLE__
    /* The system does not accept a higher value, regardless of the hard limit. */
    if (limit.rlim_cur > OPEN_MAX) limit.rlim_cur = OPEN_MAX;
#endif
    return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

/* Returns whether a descriptor is ready for reading now. For the epoll or kqueue descriptor of a loop, it returns
 * whether a poll would report an event. */
static inline int cuv_is_readable(int fd) {
    struct pollfd poller = {fd, POLLIN, 0};
    return poll(&poller, 1, 0) > 0;
}

/* Duplicates a descriptor. The duplicate is closed on exec. */
static inline int cuv_duplicate(int fd) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}

static inline void cuv_close(int fd) { close(fd); }

/* Fills in a Unix-domain address. Returns its length; 0 if the path is empty or does not fit with its NUL. */
static inline socklen_t cuv_unix_address(const char *path, size_t length, struct sockaddr_storage *address) {
    struct sockaddr_un *local = (struct sockaddr_un *)address;
    if (length == 0 || length >= sizeof local->sun_path) return 0;
    memset(address, 0, sizeof *address);
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, path, length);
    return sizeof *local;
}

typedef struct { int error, is_socket; uint64_t device, inode; } cuv_file;
static inline cuv_file cuv_file_at(const char *path) {
    struct stat status;
    cuv_file file = {0};
    if (lstat(path, &status) < 0) {
        file.error = -errno;
    } else {
        file.is_socket = S_ISSOCK(status.st_mode);
        file.device = (uint64_t)status.st_dev;
        file.inode = (uint64_t)status.st_ino;
    }
    return file;
}

typedef struct {
    int error, is_regular, is_folder;
    int64_t size, modified, changed;
    uint64_t inode;
} cuv_content;

/* Opens a file read-only and follows symbolic links. Does not block on a pipe without a writer. */
static inline int cuv_open_file(const char *path) {
    int fd;
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

/* Returns the type, size in bytes and inode of an open file. `modified` is the time of the last change of its content,
 * `changed` that of its metadata, both in nanoseconds since 1970. */
static inline cuv_content cuv_content_of(int fd) {
    struct stat status;
    cuv_content content = {0};
    if (fstat(fd, &status) < 0) {
        content.error = -errno;
        return content;
    }
    content.is_regular = S_ISREG(status.st_mode);
    content.is_folder = S_ISDIR(status.st_mode);
    content.size = (int64_t)status.st_size;
#ifdef __APPLE__
    struct timespec modified = status.st_mtimespec, changed = status.st_ctimespec;
#else
    struct timespec modified = status.st_mtim, changed = status.st_ctim;
#endif
    content.inode = (uint64_t)status.st_ino;
    content.changed = (int64_t)((uint64_t)changed.tv_sec * 1000000000u + (uint64_t)changed.tv_nsec);
    content.modified = (int64_t)((uint64_t)modified.tv_sec * 1000000000u + (uint64_t)modified.tv_nsec);
    return content;
}

/* Writes the path of an open file, without symbolic links, to a buffer of at least PATH_MAX bytes. Returns the length
 * of the path. */
static inline ssize_t cuv_path_of(int fd, char *path, size_t room) {
#ifdef __linux__
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, room);
    return length < 0 ? -errno : length;
#else
    if (room < PATH_MAX || fcntl(fd, F_GETPATH, path) < 0) return -errno;
    return (ssize_t)strlen(path);
#endif
}

typedef struct {
    int is_open, is_file_or_terminal;
    uint64_t device, inode;
} cuv_stream;

/* Returns the identity and the type of the file that a descriptor refers to. */
static inline cuv_stream cuv_stream_at(int fd) {
    struct stat status;
    cuv_stream stream = {0};
    if (fstat(fd, &status) < 0) return stream;
    /* Descriptors of an event loop, such as an eventfd, have none of these types. */
    stream.is_open = S_ISREG(status.st_mode) || S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)
        || S_ISSOCK(status.st_mode);
    stream.is_file_or_terminal = S_ISREG(status.st_mode) || S_ISCHR(status.st_mode);
    stream.device = (uint64_t)status.st_dev;
    stream.inode = (uint64_t)status.st_ino;
    return stream;
}

/* Writes all bytes, and waits while the stream accepts none. Returns the number of bytes written, which is less than
 * `count` if an error occurs. */
static inline size_t cuv_write_all(int fd, const char *bytes, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t written = write(fd, bytes + done, count - done);
        if (written > 0) {
            done += (size_t)written;
        } else if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            /* Another process that shares the stream has made it non-blocking. */
            struct pollfd poller = {fd, POLLOUT, 0};
            poll(&poller, 1, -1);
        } else if (written == 0 || errno != EINTR) {
            break;
        }
    }
    return done;
}

static inline ssize_t cuv_read_at(int fd, void *bytes, size_t count, int64_t offset) {
    ssize_t length;
    do {
        length = pread(fd, bytes, count, offset);
    } while (length < 0 && errno == EINTR);
    return length < 0 ? -errno : length;
}

static inline int cuv_remove_file(const char *path) { return unlink(path) < 0 ? -errno : 0; }

/* Glibc declares these as enumerators, other systems as macros. */
static const int cuv_stream_type = SOCK_STREAM;
static const int cuv_ipv6_level = IPPROTO_IPV6;
