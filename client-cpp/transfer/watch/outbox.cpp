#include "transfer/watch/outbox.hpp"

#include <array>
#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/display.hpp"
#include "config/places.hpp"

namespace sesame::transfer::watch {
namespace fs = std::filesystem;
namespace {

constexpr auto database_name = "outbox.db";
constexpr auto lock_name = "outbox.lock";
constexpr std::int64_t schema_version = 1;

// Paths are what the file system says, so they are bytes. Times are milliseconds since 1970, but
// for mtime and ctime, which are nanoseconds.
constexpr auto schema = R"(
  CREATE TABLE waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL UNIQUE, source BLOB NOT NULL,
    size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL, inode INTEGER NOT NULL,
    since INTEGER NOT NULL, due INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1,
    not_before INTEGER NOT NULL DEFAULT 0, changes INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0, failed_at INTEGER,
    code BLOB NOT NULL DEFAULT '', reason BLOB NOT NULL DEFAULT '');
  CREATE INDEX waiting_due ON waiting (due, id);
  CREATE INDEX waiting_failed ON waiting (failed_at) WHERE failed_at IS NOT NULL;
  CREATE TABLE sent (
    path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL,
    inode INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE leaving (
    path BLOB PRIMARY KEY, source BLOB NOT NULL, due INTEGER NOT NULL,
    looks INTEGER NOT NULL DEFAULT 0, is_quiet INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  CREATE INDEX leaving_due ON leaving (due);
  CREATE TABLE watched (root BLOB PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE roots (source BLOB PRIMARY KEY, is_mount INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE state (
    files INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0, last_sent INTEGER, next_attempt INTEGER,
    fault_code BLOB NOT NULL DEFAULT '', fault BLOB NOT NULL DEFAULT '',
    unleased BLOB NOT NULL DEFAULT '',
    last_seq INTEGER NOT NULL DEFAULT 0, last_receipt BLOB NOT NULL DEFAULT '');
  INSERT INTO state DEFAULT VALUES;
  -- Counting a million rows each time somebody asks would take a second.
  CREATE TRIGGER counts_new AFTER INSERT ON waiting BEGIN
    UPDATE state SET files = files + 1, bytes = bytes + NEW.size; END;
  CREATE TRIGGER counts_changed AFTER UPDATE OF size, failures ON waiting BEGIN
    UPDATE state SET bytes = bytes + NEW.size - OLD.size,
      failed = failed + (NEW.failures > 0) - (OLD.failures > 0); END;
  CREATE TRIGGER counts_gone AFTER DELETE ON waiting BEGIN
    UPDATE state SET files = files - 1, bytes = bytes - OLD.size,
      failed = failed - (OLD.failures > 0); END;
  PRAGMA user_version = 1;
)";

Status check_version(SqlDatabase& database, const fs::path& path) {
  const auto version = database.pragma("user_version");
  if (!version) return version.error();
  if (*version <= schema_version) return {};
  return Error{ErrorCode::Io, escaped(path.native()) +
                                  " was made by a newer sesame: use that one, or move the file "
                                  "away: all is looked through anew, and nothing is stored twice"};
}

/// Makes the tables where there are none; what a power cut must not take is on disk at each commit.
Status prepare_outbox(SqlDatabase& database, const fs::path& path) {
  if (const auto checked = check_version(database, path); !checked) return checked;
  const auto set = database.run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -4096;"
      "PRAGMA journal_size_limit = 16777216");
  if (!set) return set;
  const auto version = database.pragma("user_version");
  if (!version) return version.error();
  if (*version == schema_version) return {};
  return database.run(("BEGIN IMMEDIATE;" + std::string(schema) + "COMMIT").c_str());
}

/// Of file systems over a network. Locks and memory that is shared are not what a database needs
/// them to be there.
const char* network_file_system(const fs::path& folder) {
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0) return nullptr;
  constexpr std::uint32_t cifs = 0xFF534D42;  // in no header
  switch (static_cast<std::uint32_t>(status.f_type)) {
    case NFS_SUPER_MAGIC: return "NFS";
    case cifs:
    case SMB_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC: return "SMB";
    case AFS_SUPER_MAGIC: return "AFS";
    case CEPH_SUPER_MAGIC: return "Ceph";
    case V9FS_MAGIC: return "9P";
    default: return nullptr;
  }
}

Status check_place(const fs::path& folder) {
  const char* const network = network_file_system(folder);
  if (network == nullptr) return {};
  return Error{ErrorCode::Io, escaped(folder.native()) + " is on a network file system (" +
                                  network +
                                  "), where the outbox, a database, is not safe: set "
                                  "XDG_STATE_HOME to a folder on a disk of this machine"};
}

std::string time_stamp() {
  std::array<char, 32> text{};
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string owner_in(int lock_file) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(lock_file, text.data(), text.size(), 0);
  return {text.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
}

/// The lock is the kernel's, of an open file: it is gone with the process, however that ends.
Result<UniqueFd> lock_outbox(const fs::path& folder) {
  const fs::path path = folder / lock_name;
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return error_from_errno(errno, escaped(path.native()));
  auto lock = whole_file(F_WRLCK);
  if (::fcntl(file.get(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) return error_from_errno(errno, escaped(path.native()));
    return Error{ErrorCode::AlreadyExists,
                 "another sesame watch (process " + escaped(owner_in(file.get())) +
                     ") has this outbox: give it all the folders, or end it first"};
  }
  const std::string own = std::to_string(::getpid());
  const bool written =
      ::ftruncate(file.get(), 0) == 0 &&
      ::pwrite(file.get(), own.data(), own.size(), 0) == static_cast<ssize_t>(own.size());
  if (!written) return error_from_errno(errno, escaped(path.native()));
  return file;
}

}  // namespace

Result<Outbox> Outbox::open(const fs::path& folder) {
  if (const auto made = config::make_private_folder(folder); !made) return made.error();
  if (const auto checked = check_place(folder); !checked) return checked.error();
  auto lock = lock_outbox(folder);
  if (!lock) return lock.error();
  const fs::path path = folder / database_name;
  auto database = SqlDatabase::open(path, SqlDatabase::Access::Write);
  if (!database) return database.error();
  if (const auto prepared = prepare_outbox(*database, path); !prepared) return prepared.error();
  auto rows = OutboxRows::of(*database);
  if (!rows) return rows.error();
  return Outbox(*std::move(database), *std::move(rows), *std::move(lock));
}

Result<fs::path> Outbox::set_aside(const fs::path& folder) {
  const fs::path kept = folder / (std::string(database_name) + ".damaged-" + time_stamp());
  for (const char* const ending : {"-wal", "-shm", ""}) {
    const fs::path file = folder / (std::string(database_name) + ending);
    const fs::path to = kept.native() + ending;
    if (::rename(file.c_str(), to.c_str()) == 0 || errno == ENOENT) continue;
    return error_from_errno(errno, escaped(file.native()));
  }
  return kept;
}

Result<Outbox> Outbox::look(const fs::path& folder) {
  const fs::path path = folder / database_name;
  auto database = SqlDatabase::open(path, SqlDatabase::Access::Read);
  if (!database) return database.error();
  if (const auto checked = check_version(*database, path); !checked) return checked.error();
  auto rows = OutboxRows::of(*database);
  if (!rows) return rows.error();
  return Outbox(*std::move(database), *std::move(rows), UniqueFd());
}

Result<std::optional<std::string>> Outbox::watcher(const fs::path& folder) {
  const fs::path path = folder / lock_name;
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open() && errno == ENOENT) return std::optional<std::string>();
  if (!file.is_open()) return error_from_errno(errno, escaped(path.native()));
  auto lock = whole_file(F_WRLCK);
  if (::fcntl(file.get(), F_OFD_GETLK, &lock) != 0) {
    return error_from_errno(errno, escaped(path.native()));
  }
  if (lock.l_type == F_UNLCK) return std::optional<std::string>();
  return std::optional(owner_in(file.get()));
}

}  // namespace sesame::transfer::watch
