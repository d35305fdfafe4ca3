#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transfer/watch/outbox.hpp"
#include "transfer/watch/outbox_feed.hpp"
#include "transfer/watch/outcome_book.hpp"
#include "transfer/watch/pace.hpp"
#include "transfer/watch/sender.hpp"
#include "transfer/watch/tree_watch.hpp"
#include "transfer/watch/watch_listener.hpp"

namespace sesame::transfer::watch {

/// How often a server hears what waits, where nothing is sent (docs/FLEET.md 3).
inline constexpr Moment report_interval = std::chrono::minutes(15);

struct WatchOptions {
  /// How long a file must not have changed before it is sent.
  Moment settle = std::chrono::seconds(2);
  /// How often all is looked through; zero: at the start alone.
  Moment rescan = std::chrono::hours(1);
  /// Files are removed here once they are sent.
  bool removes = false;
  /// Ends when nothing is left that could be sent now.
  bool once = false;
};

/// Finds what is to be sent, keeps it in the outbox, has it sent, and tries again (docs/WATCH.md).
///
/// It does what is due when turn() is called, and says when that is to be again; whoever calls it
/// waits until then, or until fds are readable.
class Watcher : private TreeObserver {
 public:
  struct Parts {
    Outbox& outbox;
    const WatchClock& clock;
    Sender::Run send;
    v4::PutReporter& reporter;
    WatchListener& listener;
  };

  Watcher(WatchOptions options, Inotify inotify, std::vector<WatchedRoot> roots, WalkOptions walk,
          Parts parts);
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  /// Waits for the run under way, which ends by itself where the program was interrupted.
  ~Watcher() override;

  /// Gives when the next turn is due, by the clock it was given; begins with the first one. Fails
  /// where it cannot go on: as the outbox does, but for NoSpace, which is tried again; or with what
  /// ended a run for good.
  Result<Moment> turn();

  /// Readable when something happened that the next turn is about.
  [[nodiscard]] std::vector<int> fds() const;

  /// The network changed.
  void network_news() { pace_.news(clock_.now()); }

  [[nodiscard]] bool is_sending() const { return sender_.is_running(); }
  /// With WatchOptions::once: it is at its end.
  [[nodiscard]] bool is_done() const { return is_done_; }
  /// Something could not be looked at, sent or removed.
  [[nodiscard]] bool has_failures() const { return failures_ > 0; }
  /// What ended the last run, where it was cut short.
  [[nodiscard]] const std::optional<Error>& last_fault() const { return fault_; }

 private:
  struct Finding {
    std::string path;
    std::filesystem::path source;
    FileFacts facts;
  };

  struct RootNews {
    std::string path;
    bool is_there;
  };

  // TreeObserver
  void closed(const std::filesystem::path& source, const std::string& path) override;
  void found(const std::filesystem::path& source, const std::string& path) override;
  void left_aside(const std::filesystem::path& source) override;
  void rescan_began(const std::string& why) override;
  void rescan_ended() override;
  void root_lost(const WatchedRoot& root, const std::string& why) override;
  void root_came(const WatchedRoot& root) override;
  void watches_used_up(std::size_t folders) override;
  void watches_suffice() override;
  void skipped(const std::filesystem::path& source, const std::string& why) override;
  void failed(const std::filesystem::path& source, const Error& error) override;

  // watcher.cpp: turns.
  Status begin();
  Result<Moment> take_turn();
  Moment stall(const Error& reason);
  Result<Moment> next_turn(Moment now);
  Status tell_waiting(Moment now);
  Status judge_end(Moment now);

  // watcher_findings.cpp: what is found, and what is gone.
  Status keep_root_news();
  void note(const std::filesystem::path& source, const std::string& path);
  Status keep_findings();
  Status keep_finding(OutboxRows& rows, const Finding& finding, Moment now);
  Status forget_missing();
  Status forget_missing_failed();
  bool is_gone(const std::filesystem::path& source, const std::string& path);
  [[nodiscard]] Moment not_before(const std::optional<SentFile>& sent,
                                  const FileFacts& facts) const;

  // watcher_sending.cpp: what is sent, and what becomes of it.
  Status take_result();
  Status feed_run();
  Result<std::vector<WaitingFile>> ready_files(OutboxRows& rows, Moment now, std::size_t most);
  Result<bool> is_ready(OutboxRows& rows, const WaitingFile& file, Moment now);
  Status maybe_start(Moment now);
  [[nodiscard]] bool ends_it(ErrorCode code) const;

  // watcher_removing.cpp: what is sent, and goes.
  Status sweep_aside();
  void back_again(const std::filesystem::path& aside);
  Status remove_sent_files(Moment now);
  Status remove_one(OutboxRows& rows, const LeavingFile& file, Moment now);

  const WatchOptions options_;
  std::vector<std::string> root_paths_;
  Outbox& outbox_;
  const WatchClock& clock_;
  v4::PutReporter& reporter_;
  WatchListener& listener_;
  net::WakeFd wake_;
  TreeWatch tree_;

  Pace pace_;
  std::optional<OutboxFeed> feed_;
  std::optional<OutcomeBook> book_;
  DuePosition cursor_;  // the last that this run got
  bool more_is_due_ = false;
  std::optional<Error> fault_;
  Sender sender_;  // its thread uses feed and book

  bool has_begun_ = false;
  std::optional<Moment> stalled_until_;  // the outbox has no room
  std::vector<Finding> findings_;
  std::vector<RootNews> root_news_;
  std::optional<std::string> forget_after_;  // how far those that are gone have been looked for
  std::optional<Moment> next_rescan_;
  Moment next_root_look_{};
  Moment next_report_;    // to the server, with nothing to send
  bool has_news_ = true;  // that somebody should be told
  Moment next_telling_{};
  std::optional<Moment> looked_through_;  // when that was done for the first time
  bool has_said_no_leases_ = false;
  std::uint64_t failures_ = 0;
  bool is_done_ = false;
};

}  // namespace sesame::transfer::watch
