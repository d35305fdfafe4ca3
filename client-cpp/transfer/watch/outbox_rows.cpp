#include "transfer/watch/outbox_rows.hpp"

#include "transfer/watch/outbox_queries.hpp"

namespace sesame::transfer::watch {

Result<OutboxRows> OutboxRows::of(SqlDatabase& database) {
  static_assert(outbox_queries.size() == QueryCount);
  std::vector<SqlStatement> statements;
  for (const char* const query : outbox_queries) {
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
                     .changes = rows.number(11),
                     .code = rows.bytes(12),
                     .reason = rows.bytes(13)});
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

/// Of a query that gives one number.
Result<std::uint64_t> OutboxRows::count_of(SqlStatement& query) {
  if (const auto row = query.next(); !row) return row.error();
  const auto count = static_cast<std::uint64_t>(query.number(0));
  query.reset();
  return count;
}

Result<std::optional<WaitingFile>> OutboxRows::waiting(const std::string& path) {
  auto files = files_of(statement(Waiting).with(path));
  if (!files) return files.error();
  if (files->empty()) return std::optional<WaitingFile>();
  return std::optional(std::move(files->front()));
}

Status OutboxRows::changed(const std::string& path, const std::filesystem::path& source,
                           const FileFacts& facts, Moment since, Moment due, Moment not_before) {
  return statement(Changed)
      .with(path, source.native(), facts.size, facts.mtime, facts.ctime, facts.inode, since.count(),
            due.count(), not_before.count())
      .run();
}

Status OutboxRows::kept_changing(const std::string& path, Moment due) {
  return statement(KeptChanging).with(path, due.count()).run();
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

}  // namespace sesame::transfer::watch
