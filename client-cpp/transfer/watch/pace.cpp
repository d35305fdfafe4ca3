#include "transfer/watch/pace.hpp"

#include <algorithm>

namespace sesame::transfer::watch {
namespace {

constexpr int spread_percent = 20;

Moment doubled(Moment first, std::int64_t times, Moment most) {
  Moment delay = first;
  for (; times > 0 && delay < most; --times)
    delay *= 2;
  return std::min(delay, most);
}

}  // namespace

Moment Pace::failed(Moment now) {
  std::uniform_int_distribution<Moment::rep> percent(100 - spread_percent, 100 + spread_percent);
  const Moment wait = delay_ * percent(random_) / 100;
  delay_ = std::min(delay_ * 2, longest_delay);
  last_attempt_ = now;
  not_before_ = now + wait;
  return wait;
}

void Pace::succeeded() {
  progressed();
  not_before_.reset();
}

void Pace::news(Moment now) {
  if (not_before_ && now - last_attempt_ > news_after) not_before_ = now;
}

Moment file_delay(std::int64_t failures) {
  return doubled(std::chrono::minutes(1), failures - 1, std::chrono::hours(6));
}

Moment held_delay(std::int64_t looks) {
  return doubled(std::chrono::seconds(1), looks - 1, std::chrono::minutes(1));
}

}  // namespace sesame::transfer::watch
