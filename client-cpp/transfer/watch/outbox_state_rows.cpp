#include "transfer/watch/outbox_queries.hpp"

namespace sesame::transfer::watch {

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

Status OutboxRows::watch_roots(const std::vector<std::string>& paths) {
  if (const auto none = statement(ForgetWatched).with().run(); !none) return none;
  for (const std::string& path : paths) {
    if (const auto added = statement(AddWatched).with(path).run(); !added) return added;
  }
  if (const auto done = statement(ParkOthers).with().run(); !done) return done;
  return statement(ParkOthersLeaving).with().run();
}

Status OutboxRows::park(const std::string& root) {
  if (const auto done = statement(ParkBelow).with(root).run(); !done) return done;
  return statement(ParkLeavingBelow).with(root).run();
}

Status OutboxRows::unpark(const std::string& root, Moment now) {
  const auto done = statement(UnparkBelow).with(root, now.count()).run();
  if (!done) return done;
  return statement(UnparkLeavingBelow).with(root, now.count()).run();
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
  auto failure = text_in(statement(NewestFailure).with());
  if (!failure) return failure.error();
  totals.newest_failure = *std::move(failure);
  const auto leaving = count_of(statement(CountLeaving).with());
  if (!leaving) return leaving.error();
  totals.leaving = *leaving;
  const auto parked_files = count_of(statement(CountParked).with());
  if (!parked_files) return parked_files.error();
  totals.parked = *parked_files;
  const auto example = text_in(statement(ParkedExample).with());
  if (!example) return example.error();
  totals.parked_example = *example;
  return totals;
}

/// Of a query that gives one text, or nothing.
Result<std::string> OutboxRows::text_in(SqlStatement& query) {
  const auto row = query.next();
  if (!row) return row.error();
  std::string text = *row ? query.bytes(0) : std::string();
  query.reset();
  return text;
}

Result<OutboxState> OutboxRows::state() {
  OutboxState state;
  auto& query = statement(State).with();
  if (const auto row = query.next(); !row) return row.error();
  if (const auto sent = query.number_or_nothing(0)) state.last_sent = Moment(*sent);
  if (const auto next = query.number_or_nothing(1)) state.next_attempt = Moment(*next);
  state.fault_code = query.bytes(2);
  state.fault = query.bytes(3);
  state.unleased = query.bytes(4);
  query.reset();
  return state;
}

Status OutboxRows::set_fault(std::optional<Moment> next_attempt, const std::string& code,
                             const std::string& fault) {
  return statement(SetFault).with(next_attempt.value_or(Moment(0)).count(), code, fault).run();
}

Status OutboxRows::begin(Moment latest) {
  for (const Query query : {BringForward, BringLeavingForward}) {
    if (const auto done = statement(query).with(latest.count()).run(); !done) return done;
  }
  return statement(BeginState).with().run();
}

}  // namespace sesame::transfer::watch
