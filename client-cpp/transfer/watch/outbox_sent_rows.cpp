#include <algorithm>

#include "transfer/watch/outbox_queries.hpp"

namespace sesame::transfer::watch {

Result<std::optional<SentFile>> OutboxRows::sent(const std::string& path) {
  auto& query = statement(Sent).with(path);
  const auto row = query.next();
  if (!row) return row.error();
  std::optional<SentFile> file;
  if (*row) file = SentFile{facts_in(query, 0), Moment(query.number(4))};
  query.reset();
  return file;
}

Status OutboxRows::arrived(const std::string& path, std::int64_t version, const FileFacts& facts,
                           const ReceiptMark& receipt, Moment now, Moment again) {
  const auto add =
      statement(AddSent)
          .with(path, facts.size, facts.mtime, facts.ctime, facts.inode, receipt.seq, now.count())
          .run();
  if (!add) return add;
  if (const auto gone = statement(ForgetArrived).with(path, version).run(); !gone) return gone;
  const auto waits = statement(StillWaits).with(path, again.count()).run();
  if (!waits) return waits;
  const auto noted = statement(NoteReceipt).with(receipt.seq, text_of(receipt.hash)).run();
  if (!noted) return noted;
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

Result<ReceiptMark> OutboxRows::last_receipt() {
  auto& query = statement(LastReceipt).with();
  if (const auto row = query.next(); !row) return row.error();
  ReceiptMark mark{.seq = static_cast<std::uint64_t>(query.number(0))};
  const std::string hash = query.bytes(1);
  query.reset();
  if (hash.size() == mark.hash.size()) std::ranges::copy(bytes_of(hash), mark.hash.begin());
  return mark;
}

Result<std::uint64_t> OutboxRows::forget_after(const ReceiptMark& last) {
  const auto count = count_of(statement(CountAfter).with(last.seq));
  if (!count) return count;
  for (const Query query : {StayAfter, ForgetAfter}) {
    if (const auto done = statement(query).with(last.seq).run(); !done) return done.error();
  }
  const auto set = statement(SetLastReceipt).with(last.seq, text_of(last.hash)).run();
  if (!set) return set.error();
  return count;
}

Status OutboxRows::leave(const std::string& path, const std::filesystem::path& source, Moment due) {
  return statement(Leave).with(path, source.native(), due.count()).run();
}

Result<std::vector<LeavingFile>> OutboxRows::leaving_of(SqlStatement& rows) {
  std::vector<LeavingFile> files;
  while (true) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) break;
    files.push_back(
        {rows.bytes(0), rows.bytes(1), facts_in(rows, 2), rows.number(6), rows.number(7) != 0});
  }
  rows.reset();
  return files;
}

Result<std::vector<LeavingFile>> OutboxRows::due_to_leave(Moment now, std::size_t most) {
  return leaving_of(statement(DueToLeave).with(now.count(), most));
}

Result<std::vector<LeavingFile>> OutboxRows::leaving_page(const std::string& after,
                                                          std::size_t most) {
  return leaving_of(statement(LeavingPage).with(after, most));
}

Status OutboxRows::held(const std::string& path, Moment due) {
  return statement(Held).with(path, due.count()).run();
}

Status OutboxRows::unleased(const LeavingFile& file, Moment due) {
  const auto noted = statement(NoteUnleased).with(file.source.native()).run();
  if (!noted) return noted;
  return statement(Unleased).with(file.path, due.count()).run();
}

Status OutboxRows::stays(const std::string& path) {
  return statement(Stays).with(path).run();
}

Result<std::optional<Moment>> OutboxRows::next_to_leave() {
  return moment_of(statement(NextToLeave).with());
}

}  // namespace sesame::transfer::watch
