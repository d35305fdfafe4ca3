#include "transfer/watch/outbox_rows.hpp"

#include <array>

namespace sesame::transfer::watch {

enum OutboxRows::Query : std::size_t {
  Waiting,
  Changed,
  Postpone,
  Failed,
  Forget,
  Due,
  Page,
  FailedPage,
  NextDue,
  Sent,
  AddSent,
  ForgetArrived,
  StillWaits,
  NoteSent,
  ForgetSent,
  SentPage,
  Leave,
  DueToLeave,
  Held,
  Stays,
  NextToLeave,
  WasMount,
  SetMount,
  Totals,
  Oldest,
  NewestFailure,
  CountLeaving,
  State,
  SetFault,
  BringForward,
  BringLeavingForward,
  QueryCount,
};

namespace {

#define WAITING_COLUMNS \
  "id, path, source, size, mtime, ctime, inode, since, due, version, failures, code, reason"

// In the order of Query.
constexpr std::array queries{
    "SELECT " WAITING_COLUMNS " FROM waiting WHERE path = ?",
    "INSERT INTO waiting (path, source, size, mtime, ctime, inode, since, due)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (path) DO UPDATE SET source = ?2,"
    " size = ?3, mtime = ?4, ctime = ?5, inode = ?6, due = ?8, version = version + 1,"
    " failures = 0, failed_at = NULL, code = '', reason = ''",
    "UPDATE waiting SET due = ?2 WHERE path = ?1",
    "UPDATE waiting SET failures = failures + 1, failed_at = ?5, code = ?3, reason = ?4, due = ?6"
    " WHERE path = ?1 AND version = ?2",
    "DELETE FROM waiting WHERE path = ?",
    "SELECT " WAITING_COLUMNS
    " FROM waiting WHERE due <= ?1 AND (due, id) > (?2, ?3) ORDER BY due, id LIMIT ?4",
    "SELECT " WAITING_COLUMNS " FROM waiting WHERE id > ?1 ORDER BY id LIMIT ?2",
    "SELECT " WAITING_COLUMNS
    " FROM waiting WHERE failed_at IS NOT NULL AND id > ?1 ORDER BY id LIMIT ?2",
    "SELECT MIN(due) FROM waiting WHERE due > ?",
    "SELECT size, mtime, ctime, inode FROM sent WHERE path = ?",
    "INSERT OR REPLACE INTO sent (path, size, mtime, ctime, inode) VALUES (?, ?, ?, ?, ?)",
    "DELETE FROM waiting WHERE path = ? AND version = ?",
    "UPDATE waiting SET due = MAX(due, ?2) WHERE path = ?1",
    "UPDATE state SET last_sent = ?",
    "DELETE FROM sent WHERE path = ?",
    "SELECT path FROM sent WHERE path > ?1 ORDER BY path LIMIT ?2",
    "INSERT OR IGNORE INTO leaving (path, source, due) VALUES (?, ?, ?)",
    "SELECT l.path, l.source, s.size, s.mtime, s.ctime, s.inode, l.looks FROM leaving l"
    " JOIN sent s ON s.path = l.path WHERE l.due <= ?1 ORDER BY l.due LIMIT ?2",
    "UPDATE leaving SET looks = looks + 1, due = ?2 WHERE path = ?1",
    "DELETE FROM leaving WHERE path = ?",
    "SELECT MIN(due) FROM leaving",
    "SELECT is_mount FROM roots WHERE source = ?",
    "INSERT OR REPLACE INTO roots (source, is_mount) VALUES (?, ?)",
    "SELECT files, bytes, failed FROM state",
    "SELECT since FROM waiting ORDER BY id LIMIT 1",
    "SELECT reason FROM waiting WHERE failed_at IS NOT NULL ORDER BY failed_at DESC LIMIT 1",
    "SELECT COUNT(*) FROM leaving",
    "SELECT last_sent, next_attempt, fault_code, fault FROM state",
    "UPDATE state SET next_attempt = NULLIF(?1, 0), fault_code = ?2, fault = ?3",
    "UPDATE waiting SET due = ?1 WHERE due > ?1",
    "UPDATE leaving SET due = ?1 WHERE due > ?1",
};

#undef WAITING_COLUMNS

FileFacts facts_in(const SqlStatement& row, int column) {
  return {static_cast<std::uint64_t>(row.number(column)), row.number(column + 1),
          row.number(column + 2), static_cast<std::uint64_t>(row.number(column + 3))};
}

}  // namespace

Result<OutboxRows> OutboxRows::of(SqlDatabase& database) {
  static_assert(queries.size() == QueryCount);
  std::vector<SqlStatement> statements;
  for (const char* const query : queries) {
    auto statement = database.prepare(query);
    if (!statement) return statement.error();
    statements.push_back(*std::move(statement));
  }
  return OutboxRows(std::move(statements));
}

Result<std::vector<WaitingFile>> OutboxRows::files_of(SqlStatement& rows) {
  std::vector<WaitingFile> files;
  while (true) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) break;
    files.push_back({.id = rows.number(0),
                     .path = rows.bytes(1),
                     .source = rows.bytes(2),
                     .facts = facts_in(rows, 3),
                     .since = Moment(rows.number(7)),
                     .due = Moment(rows.number(8)),
                     .version = rows.number(9),
                     .failures = rows.number(10),
                     .code = rows.bytes(11),
                     .reason = rows.bytes(12)});
  }
  rows.reset();
  return files;
}

/// Of a query that gives one moment, or NULL, or nothing.
Result<std::optional<Moment>> OutboxRows::moment_of(SqlStatement& query) {
  const auto row = query.next();
  if (!row) return row.error();
  std::optional<Moment> moment;
  if (*row) {
    if (const auto number = query.number_or_nothing(0)) moment = Moment(*number);
  }
  query.reset();
  return moment;
}

Result<std::optional<WaitingFile>> OutboxRows::waiting(const std::string& path) {
  auto files = files_of(statement(Waiting).with(path));
  if (!files) return files.error();
  if (files->empty()) return std::optional<WaitingFile>();
  return std::optional(std::move(files->front()));
}

Status OutboxRows::changed(const std::string& path, const std::filesystem::path& source,
                           const FileFacts& facts, Moment since, Moment due) {
  return statement(Changed)
      .with(path, source.native(), facts.size, facts.mtime, facts.ctime, facts.inode, since.count(),
            due.count())
      .run();
}

Status OutboxRows::postpone(const std::string& path, Moment due) {
  return statement(Postpone).with(path, due.count()).run();
}

Status OutboxRows::failed(const std::string& path, std::int64_t version, const Error& reason,
                          Moment now, Moment due) {
  return statement(Failed)
      .with(path, version, to_string(reason.code), reason.message, now.count(), due.count())
      .run();
}

Status OutboxRows::forget(const std::string& path) {
  return statement(Forget).with(path).run();
}

Result<std::vector<WaitingFile>> OutboxRows::due(Moment now, DuePosition after, std::size_t most) {
  return files_of(statement(Due).with(now.count(), after.due.count(), after.id, most));
}

Result<std::vector<WaitingFile>> OutboxRows::page(std::int64_t after_id, std::size_t most) {
  return files_of(statement(Page).with(after_id, most));
}

Result<std::vector<WaitingFile>> OutboxRows::failed_page(std::int64_t after_id, std::size_t most) {
  return files_of(statement(FailedPage).with(after_id, most));
}

Result<std::optional<Moment>> OutboxRows::next_due(Moment after) {
  return moment_of(statement(NextDue).with(after.count()));
}

Result<std::optional<FileFacts>> OutboxRows::sent(const std::string& path) {
  auto& query = statement(Sent).with(path);
  const auto row = query.next();
  if (!row) return row.error();
  std::optional<FileFacts> facts;
  if (*row) facts = facts_in(query, 0);
  query.reset();
  return facts;
}

Status OutboxRows::arrived(const std::string& path, std::int64_t version, const FileFacts& facts,
                           Moment now) {
  const auto add =
      statement(AddSent).with(path, facts.size, facts.mtime, facts.ctime, facts.inode).run();
  if (!add) return add;
  if (const auto gone = statement(ForgetArrived).with(path, version).run(); !gone) return gone;
  if (const auto waits = statement(StillWaits).with(path, now.count()).run(); !waits) return waits;
  return statement(NoteSent).with(now.count()).run();
}

Status OutboxRows::forget_sent(const std::string& path) {
  return statement(ForgetSent).with(path).run();
}

Result<std::vector<std::string>> OutboxRows::sent_page(const std::string& after, std::size_t most) {
  auto& rows = statement(SentPage).with(after, most);
  std::vector<std::string> paths;
  while (true) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) break;
    paths.push_back(rows.bytes(0));
  }
  rows.reset();
  return paths;
}

Status OutboxRows::leave(const std::string& path, const std::filesystem::path& source, Moment due) {
  return statement(Leave).with(path, source.native(), due.count()).run();
}

Result<std::vector<LeavingFile>> OutboxRows::due_to_leave(Moment now, std::size_t most) {
  auto& rows = statement(DueToLeave).with(now.count(), most);
  std::vector<LeavingFile> files;
  while (true) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) break;
    files.push_back({rows.bytes(0), rows.bytes(1), facts_in(rows, 2), rows.number(6)});
  }
  rows.reset();
  return files;
}

Status OutboxRows::held(const std::string& path, Moment due) {
  return statement(Held).with(path, due.count()).run();
}

Status OutboxRows::stays(const std::string& path) {
  return statement(Stays).with(path).run();
}

Result<std::optional<Moment>> OutboxRows::next_to_leave() {
  return moment_of(statement(NextToLeave).with());
}

Result<bool> OutboxRows::was_mount(const std::filesystem::path& root) {
  auto& query = statement(WasMount).with(root.native());
  const auto row = query.next();
  if (!row) return row.error();
  const bool is_mount = *row && query.number(0) != 0;
  query.reset();
  return is_mount;
}

Status OutboxRows::set_mount(const std::filesystem::path& root, bool is_mount) {
  return statement(SetMount).with(root.native(), is_mount).run();
}

Result<OutboxTotals> OutboxRows::totals() {
  OutboxTotals totals;
  auto& counts = statement(Totals).with();
  if (const auto row = counts.next(); !row) return row.error();
  totals.files = static_cast<std::uint64_t>(counts.number(0));
  totals.bytes = static_cast<std::uint64_t>(counts.number(1));
  totals.failed = static_cast<std::uint64_t>(counts.number(2));
  counts.reset();
  const auto oldest = moment_of(statement(Oldest).with());
  if (!oldest) return oldest.error();
  totals.oldest = *oldest;
  auto& failure = statement(NewestFailure).with();
  const auto row = failure.next();
  if (!row) return row.error();
  if (*row) totals.newest_failure = failure.bytes(0);
  failure.reset();
  auto& leaving = statement(CountLeaving).with();
  if (const auto count = leaving.next(); !count) return count.error();
  totals.leaving = static_cast<std::uint64_t>(leaving.number(0));
  leaving.reset();
  return totals;
}

Result<OutboxState> OutboxRows::state() {
  OutboxState state;
  auto& query = statement(State).with();
  if (const auto row = query.next(); !row) return row.error();
  if (const auto sent = query.number_or_nothing(0)) state.last_sent = Moment(*sent);
  if (const auto next = query.number_or_nothing(1)) state.next_attempt = Moment(*next);
  state.fault_code = query.bytes(2);
  state.fault = query.bytes(3);
  query.reset();
  return state;
}

Status OutboxRows::set_fault(std::optional<Moment> next_attempt, const std::string& code,
                             const std::string& fault) {
  return statement(SetFault).with(next_attempt.value_or(Moment(0)).count(), code, fault).run();
}

Status OutboxRows::bring_forward(Moment latest) {
  if (const auto waiting = statement(BringForward).with(latest.count()).run(); !waiting) {
    return waiting;
  }
  return statement(BringLeavingForward).with(latest.count()).run();
}

}  // namespace sesame::transfer::watch
