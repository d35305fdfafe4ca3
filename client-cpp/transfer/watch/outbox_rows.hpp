#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/base64url.hpp"
#include "transfer/file_facts.hpp"
#include "transfer/watch/clock.hpp"
#include "transfer/watch/sqlite.hpp"

namespace sesame::transfer::watch {

/// Due at no time: its folder is not watched, or not there.
inline constexpr Moment parked = Moment::max();

/// A file that is yet to be sent.
struct WaitingFile {
  std::int64_t id = 0;
  std::string path;  // on the server
  std::filesystem::path source;
  FileFacts facts;  // when it was last looked at
  Moment since{};   // the time of day when it was first found
  Moment due{};
  std::int64_t version = 0;  // grows with each change of the file
  std::int64_t failures = 0;
  std::int64_t changes = 0;  // how often in a row it was sent in vain, for it changed meanwhile
  std::string code;          // of the last failure
  std::string reason;        // for people
};

/// A file that is sent.
struct SentFile {
  FileFacts facts;
  Moment at{};
};

/// One receipt among those of a client.
struct ReceiptMark {
  std::uint64_t seq = 0;  // 0: none
  Bytes32 hash{};
};

/// Where a file stands in the order in which they are due.
struct DuePosition {
  Moment due{};
  std::int64_t id = 0;
};

/// A file that is sent, and is to be removed from this machine.
struct LeavingFile {
  std::string path;
  std::filesystem::path source;
  FileFacts facts;  // what was sent
  std::int64_t looks = 0;
  bool is_quiet = false;  // it has looked the same since it was found that no lease is to be had
};

struct OutboxTotals {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t failed = 0;   // of the files: refused, or could not be read
  std::uint64_t leaving = 0;  // sent, and yet to be removed
  std::uint64_t parked = 0;   // of the files: below a folder that is not watched, or not there
  std::filesystem::path parked_example;
  std::optional<Moment> oldest;
  std::string newest_failure;  // why, for people; empty where nothing failed
};

/// How it stands with the server.
struct OutboxState {
  std::optional<Moment> last_sent;
  std::optional<Moment> next_attempt;  // after a fault; nothing: there is none
  std::string fault_code;
  std::string fault;
  std::string unleased;  // a file, of those that are to be removed, that no lease is to be had on
};

/// What the tables of an outbox hold, and how that changes. All of it fails as SqlStatement does.
class OutboxRows {
 public:
  static Result<OutboxRows> of(SqlDatabase& database);

  // Files that wait.
  Result<std::optional<WaitingFile>> waiting(const std::string& path);
  /// It is new, or another than it was: waits from now on, as if it had never failed. It is not due
  /// before `not_before`, nor before what kept_changing() said.
  Status changed(const std::string& path, const std::filesystem::path& source,
                 const FileFacts& facts, Moment since, Moment due, Moment not_before = Moment(0));
  /// It was sent in vain: not again before then, however often it changes.
  Status kept_changing(const std::string& path, Moment due);
  Status postpone(const std::string& path, Moment due);
  Status failed(const std::string& path, std::int64_t version, const Error& reason, Moment now,
                Moment due);
  Status forget(const std::string& path);
  /// Those that are due, after that one, in the order in which they are.
  Result<std::vector<WaitingFile>> due(Moment now, DuePosition after, std::size_t most);
  /// All of them, page by page, by their id.
  Result<std::vector<WaitingFile>> page(std::int64_t after_id, std::size_t most);
  /// Those of them that failed, likewise.
  Result<std::vector<WaitingFile>> failed_page(std::int64_t after_id, std::size_t most);
  /// When the next one is due, after that moment.
  Result<std::optional<Moment>> next_due(Moment after);

  // Files that are sent.
  Result<std::optional<SentFile>> sent(const std::string& path);
  /// It has arrived in the version that was given out. Where it is another by now, it still waits,
  /// at least until `again`.
  Status arrived(const std::string& path, std::int64_t version, const FileFacts& facts,
                 const ReceiptMark& receipt, Moment now, Moment again);
  Status forget_sent(const std::string& path);
  Result<std::vector<std::string>> sent_page(const std::string& after, std::size_t most);
  /// The last receipt that is known here.
  Result<ReceiptMark> last_receipt();
  /// The server has an older state, of which this is the last receipt: what came later is not sent,
  /// nor to be removed. Gives how many files that are.
  Result<std::uint64_t> forget_after(const ReceiptMark& last);

  // Of those, the ones that are to be removed here.
  Status leave(const std::string& path, const std::filesystem::path& source, Moment due);
  Result<std::vector<LeavingFile>> due_to_leave(Moment now, std::size_t most);
  /// Those after that path, whether they are due or not.
  Result<std::vector<LeavingFile>> leaving_page(const std::string& after, std::size_t most);
  Status held(const std::string& path, Moment due);
  /// No lease is to be had on it. If it looks the same when it is due, it goes without.
  Status unleased(const LeavingFile& file, Moment due);
  Status stays(const std::string& path);
  Result<std::optional<Moment>> next_to_leave();

  // What is watched: whether something was mounted there.
  Result<bool> was_mount(const std::filesystem::path& root);
  Status set_mount(const std::filesystem::path& root, bool is_mount);
  /// These are the roots from now on, by their paths on the server: what is not below one of them
  /// is parked.
  Status watch_roots(const std::vector<std::string>& paths);
  /// A root is not there: what is below it is parked. It is: it goes on.
  Status park(const std::string& root);
  Status unpark(const std::string& root, Moment now);

  Result<OutboxTotals> totals();
  Result<OutboxState> state();
  Status set_fault(std::optional<Moment> next_attempt, const std::string& code,
                   const std::string& fault);
  /// A watcher begins. No moment lies farther ahead than that, or the clock has been set back
  /// since; and what looked quiet may not have been.
  Status begin(Moment latest);

 private:
  enum Query : std::size_t;
  explicit OutboxRows(std::vector<SqlStatement> statements) : statements_(std::move(statements)) {}
  SqlStatement& statement(Query query) { return statements_[query]; }
  static Result<std::vector<WaitingFile>> files_of(SqlStatement& rows);
  static Result<std::vector<LeavingFile>> leaving_of(SqlStatement& rows);
  static Result<std::uint64_t> count_of(SqlStatement& row);
  static Result<std::string> text_in(SqlStatement& row);
  static Result<std::optional<Moment>> moment_of(SqlStatement& row);

  std::vector<SqlStatement> statements_;
};

}  // namespace sesame::transfer::watch
