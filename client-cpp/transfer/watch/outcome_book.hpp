#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "transfer/v4/put_items.hpp"
#include "transfer/watch/outbox.hpp"
#include "transfer/watch/outbox_feed.hpp"

namespace sesame::transfer::watch {

struct BookOptions {
  /// Files are to be removed once they are sent.
  bool removes = false;
  /// Whoever started this decides how often a file is sent.
  bool once = false;
  /// How long a file must not have changed.
  Moment settle{};
};

/// Hears what becomes of the files of one run, and writes it into the outbox, many at a time: what
/// is written late is offered again after a crash, and the server knows it. Passes all on.
class OutcomeBook : public v4::PutReporter {
 public:
  OutcomeBook(BookOptions options, Outbox& outbox, OutboxFeed& feed, const WatchClock& clock,
              v4::PutReporter& next)
      : options_(options), outbox_(outbox), feed_(feed), clock_(clock), next_(next) {}

  void connected(const protocol::v4::Welcome& welcome) override;
  void item_started(const v4::PutItem& item, std::uint64_t size) override;
  void progress(const v4::PutProgress& progress) override;
  void item_acknowledged(const v4::PutItem& item, const v4::Acknowledgement& what) override;
  void item_failed(const v4::PutItem& item, const v4::ItemFailure& failure) override;
  void item_restarted(const v4::PutItem& item, const Error& reason) override;
  void retrying(const Retry& retry) override { next_.retrying(retry); }
  void stopped(const Error& reason) override;

  /// After the run: writes what is left. Fails as the outbox does, also where that was earlier.
  Status close();
  /// The server took a file not now, or has no room for it, so it will take no other.
  [[nodiscard]] const std::optional<Error>& held_off() const { return held_off_; }

  /// An older state of the server was restored.
  struct Forgotten {
    std::uint64_t last_receipt;  // that it knows
    std::uint64_t files;         // that came later
  };
  /// That, once. May be called by any thread.
  std::optional<Forgotten> take_forgotten();

 private:
  struct Outcome {
    v4::PutItem item;
    std::int64_t version;
    FileFacts facts;  // as it arrived
    ReceiptMark receipt;
    std::optional<Error> failure;  // why it did not
  };

  void write();
  Status write_one(OutboxRows& rows, const Outcome& outcome, Moment now) const;

  BookOptions options_;
  Outbox& outbox_;
  OutboxFeed& feed_;
  const WatchClock& clock_;
  v4::PutReporter& next_;
  std::vector<Outcome> unwritten_;
  std::optional<Error> held_off_;
  std::mutex mutex_;  // of the next one
  std::optional<Forgotten> forgotten_;
  Status written_;
};

}  // namespace sesame::transfer::watch
