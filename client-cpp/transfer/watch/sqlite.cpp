#include "transfer/watch/sqlite.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sqlite3.h>

#include "base/display.hpp"
#include "base/unique_fd.hpp"

namespace sesame::transfer::watch {
namespace fs = std::filesystem;
namespace {

/// Whoever looks at the database waits so long for who writes, and the other way round.
constexpr int busy_milliseconds = 10'000;

Error sql_error(sqlite3* database) {
  const char* const file = sqlite3_db_filename(database, nullptr);
  const std::string name = escaped(file == nullptr ? "the outbox" : file);
  switch (sqlite3_errcode(database) & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {ErrorCode::Damaged, name + " is damaged"};
    case SQLITE_FULL:
      return {ErrorCode::NoSpace, name + " cannot grow: the disk is full. Make room there"};
    default: return {ErrorCode::Io, name + ": " + sqlite3_errmsg(database)};
  }
}

}  // namespace

void SqlStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void SqlStatement::bind_number(int index, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
}

void SqlStatement::bind_bytes(int index, std::string_view value) {
  // An empty view may have no address, which SQLite takes for NULL.
  sqlite3_bind_blob64(statement_.get(), index, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_TRANSIENT);
}

Result<bool> SqlStatement::next() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: break;
  }
  Error error = sql_error(database_);
  reset();
  return error;
}

Status SqlStatement::run() {
  while (true) {
    const auto row = next();
    if (!row) return row.error();
    if (!*row) break;
  }
  reset();
  return {};
}

void SqlStatement::reset() {
  sqlite3_reset(statement_.get());
}

std::int64_t SqlStatement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> SqlStatement::number_or_nothing(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return number(column);
}

std::string SqlStatement::bytes(int column) const {
  const void* const data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void SqlDatabase::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Result<SqlDatabase> SqlDatabase::open(const fs::path& path, Access access) {
  // SQLite would make it as the umask has it. What it puts beside it gets the same mode.
  const int flags = access == Access::Write ? O_RDWR | O_CREAT : O_RDONLY;
  if (!UniqueFd(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)).is_open()) {
    return error_from_errno(errno, escaped(path.native()));
  }
  sqlite3* opened = nullptr;
  // For reading, too: a log that a killed writer left must be put in order first.
  const int result =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqlDatabase database(opened);
  if (result != SQLITE_OK) return sql_error(opened);
  sqlite3_busy_timeout(opened, busy_milliseconds);
  if (access == Access::Read) {
    if (const auto set = database.run("PRAGMA query_only = 1"); !set) return set.error();
  }
  return database;
}

Status SqlDatabase::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return sql_error(database_.get());
}

Result<SqlStatement> SqlDatabase::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return sql_error(database_.get());
  }
  return SqlStatement(database_.get(), statement);
}

Result<std::int64_t> SqlDatabase::pragma(const char* name) {
  auto statement = prepare(("PRAGMA " + std::string(name)).c_str());
  if (!statement) return statement.error();
  const auto row = statement->next();
  if (!row) return row.error();
  return *row ? statement->number(0) : 0;
}

}  // namespace sesame::transfer::watch
