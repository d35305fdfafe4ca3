#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "transfer/v4/channel.hpp"
#include "transfer/v4/outbox.hpp"
#include "transfer/v4/put_run.hpp"
#include "transfer/v4/reader_pool.hpp"
#include "transfer/v4/receipt_desk.hpp"
#include "transfer/v4/retry_policy.hpp"
#include "transfer/v4/scout.hpp"

namespace sesame::transfer::v4 {

/// The thread that speaks with the server. A scout and some readers work ahead of it, and hand over
/// what is ready; here it gets its streams, goes out, and is seen to its end.
///
/// A job is always in one place: with the scout, in feed_, waiting in to_open_, folders_ or later_,
/// in streams_ while the server owes an answer, in lingering_ until its reader lets go of it, or at
/// the receipt desk.
class PutRun::Engine {
 public:
  Engine(Endpoint endpoint, PutOptions options, ItemSource& source, ReceiptSink& receipts,
         PutReporter& reporter);

  PutSummary run();

 private:
  using StreamId = protocol::v4::StreamId;

  // put_engine.cpp: the run, over one connection after the other.
  Status run_to_the_end();
  Status connect_and_serve();
  void begin_connection(Channel& channel, const Welcome& welcome);
  Status serve();
  Status say_goodbye();
  Status wait();
  Status wait_before_retry(const Error& fault);
  void check_for_silence();
  [[nodiscard]] bool files_are_done() const;
  Status settle_receipts();
  void report_progress(bool now);

  // put_feed.cpp: what goes out.
  void take_ready();
  void admit(Ready& ready);
  void admit(PutJob& job);
  Status feed();
  bool feed_next();
  bool feed_batch(SmallBatch& batch);
  bool feed_block(ContentBlock& block);
  void show_position(const PutJob& job, std::uint64_t position);
  bool open_next();
  bool place_next();
  void end_reading(ReadEnded ended);
  void commit(PutJob& job);
  void cancel(PutJob& job, bool drop, Ending ending);
  StreamId add_stream(PutJobPtr job, PutJob::Phase phase);

  // put_answers.cpp: what comes in.
  Result<std::size_t> take_answers();
  Status answer(const protocol::v4::Response& response);
  Status on(const protocol::v4::Opened& opened);
  Status on(const protocol::v4::WindowUpdate& update);
  Status on(const protocol::v4::ReceiptGranted& granted);
  Status on(const protocol::v4::Done& done);
  Status on(const protocol::v4::Refused& refused);
  Status on_refused_connection(const protocol::v4::Refused& refused);
  PutJobPtr take_stream(StreamId stream);

  // put_endings.cpp: what becomes of a job.
  void let_go(PutJobPtr job, Ending ending);
  void conclude(PutJobPtr job);
  void fail(PutJobPtr job, const ItemFailure& failure);
  void acknowledge(const PutJob& job, const Acknowledgement& what);
  void restart(PutJobPtr job, const Error& reason);
  Ending ending_for(PutJob& job, const protocol::v4::Refused& refused);
  void revive_later_ones();
  void quiesce_readers();
  void leave_connection();
  void give_up_everything(const Error& reason);

  const Endpoint endpoint_;
  const PutOptions options_;
  PutReporter& reporter_;
  PutSummary summary_;
  PutProgress progress_;
  std::string shown_path_;  // what progress_ points to

  SlabPool slabs_;
  ReadyQueue ready_;
  std::deque<Ready> feed_;
  std::unordered_map<StreamId, PutJobPtr> streams_;
  std::unordered_map<const PutJob*, PutJobPtr> lingering_;
  std::deque<PutJobPtr> to_open_;
  std::deque<PutJobPtr> folders_;
  std::multimap<net::Clock::time_point, PutJobPtr> later_;
  ReceiptDesk desk_;
  Outbox outbox_;
  ReaderPool readers_;
  Scout scout_;

  Channel* channel_ = nullptr;
  StreamId next_stream_ = 1;
  bool exhausted_ = false;
  bool folders_are_sorted_ = false;
  bool draining_ = false;
  std::size_t in_scout_ = 0;  // jobs that it does another time
  /// Where the content of standard input that is on its way ends: in the content of the connection,
  /// and in its own.
  struct StreamMark {
    std::uint64_t content;
    PutJob* job;
    std::uint64_t offset;
  };
  std::deque<StreamMark> stream_marks_;

  RetryPolicy retries_;
  net::Clock::time_point last_activity_{};
  std::uint64_t activity_ = 0;
  net::Clock::time_point next_report_{};
};

}  // namespace sesame::transfer::v4
