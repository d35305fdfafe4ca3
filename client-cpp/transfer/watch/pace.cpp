#include "transfer/watch/pace.hpp"

#include <algorithm>

namespace sesame::transfer::watch {
namespace {

using namespace std::chrono_literals;

constexpr int spread_percent = 20;
constexpr Moment longest_resend_interval = 1h;

struct Ladder {
  Moment first;
  Moment longest;
};

constexpr Ladder ladder_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::Quota: return {1min, 25min};  // with the spread, at most 30
    case Trouble::Distrust: return {5min, 1h};
    default: return {1s, 5min};
  }
}

Moment doubled(Moment first, std::int64_t times, Moment most) {
  Moment delay = first;
  for (; times > 0 && delay < most; --times)
    delay *= 2;
  return std::min(delay, most);
}

}  // namespace

Trouble trouble_of(ErrorCode code) {
  if (is_network_fault(code)) return Trouble::Network;
  switch (code) {
    case ErrorCode::OverQuota: return Trouble::Quota;
    case ErrorCode::IdentityMismatch:
    case ErrorCode::BadReceipt:
    case ErrorCode::BadSignature:
    case ErrorCode::BadKey:
    case ErrorCode::OpenToOthers:
    case ErrorCode::NotJoined:
    case ErrorCode::AwaitingApproval:
    case ErrorCode::NameTaken:
    case ErrorCode::Refused: return Trouble::Distrust;
    default: return Trouble::Server;
  }
}

Moment Pace::failed(Moment now, Trouble trouble) {
  if (trouble != trouble_) failures_ = 0;
  trouble_ = trouble;
  const auto [first, longest] = ladder_of(trouble);
  std::uniform_int_distribution<Moment::rep> percent(100 - spread_percent, 100 + spread_percent);
  const Moment wait = doubled(first, failures_++, longest) * percent(random_) / 100;
  last_attempt_ = now;
  not_before_ = now + wait;
  return wait;
}

void Pace::succeeded() {
  progressed();
  not_before_.reset();
}

void Pace::news(Moment now) {
  const bool may_help = not_before_ && trouble_ == Trouble::Network;
  if (may_help && now - last_attempt_ > news_after) not_before_ = now;
}

Moment file_delay(std::int64_t failures, ErrorCode reason) {
  return doubled(1min, failures - 1, reason == ErrorCode::OverQuota ? Moment(30min) : Moment(6h));
}

Moment held_delay(std::int64_t looks) {
  return doubled(1s, looks - 1, 1min);
}

Moment resend_interval(std::uint64_t size, std::int64_t changes) {
  constexpr std::uint64_t bytes_a_second = std::uint64_t{1} << 18;
  const auto whole = static_cast<Moment::rep>(std::min<std::uint64_t>(size / bytes_a_second, 3600));
  return doubled(std::chrono::seconds(whole), changes, longest_resend_interval);
}

}  // namespace sesame::transfer::watch
