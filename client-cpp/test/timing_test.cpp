#include <doctest/doctest.h>

#include "cli/units.hpp"
#include "net/backoff.hpp"
#include "transfer/token_bucket.hpp"

namespace sesame {

using namespace std::chrono_literals;

TEST_CASE("back-off doubles up to its cap, with jitter, and begins anew") {
  net::Backoff backoff(42);
  auto step = net::Backoff::first;
  for (int i = 0; i < 12; ++i) {
    const auto delay = backoff.next();
    CHECK(delay >= step / 2);
    CHECK(delay <= step);
    step = std::min(step * 2, net::Backoff::cap);
  }
  CHECK(backoff.next() >= net::Backoff::cap / 2);
  backoff.reset();
  CHECK(backoff.next() <= net::Backoff::first);
}

TEST_CASE("two clients do not come back in the same moment") {
  net::Backoff one(1);
  net::Backoff other(2);
  bool differ = false;
  for (int i = 0; i < 5; ++i)
    differ = differ || one.next() != other.next();
  CHECK(differ);
}

TEST_CASE("a token bucket holds a stream to its rate") {
  auto now = transfer::TokenBucket::Clock::time_point{};
  transfer::TokenBucket bucket(100'000, now);
  std::size_t sent = 0;
  while (sent < 1'000'000) {
    sent += bucket.piece();
    now += bucket.take(bucket.piece(), now);
  }
  const std::chrono::duration<double> elapsed = now.time_since_epoch();
  CHECK(elapsed.count() == doctest::Approx(10).epsilon(0.01));
}

TEST_CASE("a pause earns no burst") {
  auto now = transfer::TokenBucket::Clock::time_point{};
  transfer::TokenBucket bucket(100'000, now);
  now += 1h;
  CHECK(bucket.take(5'000, now) == 0ns);
  CHECK(bucket.take(100'000, now) >= 999ms);
}

TEST_CASE("pieces are neither tiny nor huge") {
  const transfer::TokenBucket::Clock::time_point now{};
  CHECK(transfer::TokenBucket(1, now).piece() == 512);
  CHECK(transfer::TokenBucket(1'000'000'000'000, now).piece() == 256 << 10);
}

TEST_CASE("rates as they are typed") {
  CHECK(cli::parse_rate("1") == 1);
  CHECK(cli::parse_rate("500K") == 500 * 1024);
  CHECK(cli::parse_rate("10m") == 10 * 1024 * 1024);
  CHECK(cli::parse_rate("1.5G") == 1536ull * 1024 * 1024);
  for (const char* bad :
       {"", "0", "K", "-1", "1T", "1KB", " 1", "nan", "inf", "1e3", "0.5", "99999999999999999G"}) {
    CAPTURE(bad);
    CHECK_FALSE(cli::parse_rate(bad));
  }
}

TEST_CASE("sizes as they are shown") {
  CHECK(cli::human_size(0) == "0 B");
  CHECK(cli::human_size(1023) == "1023 B");
  CHECK(cli::human_size(1024) == "1.0 KiB");
  CHECK(cli::human_size(1024 * 1024 - 1) == "1.0 MiB");
  CHECK(cli::human_size(4'294'967'023.0) == "4.0 GiB");
}

TEST_CASE("durations as they are shown") {
  CHECK(cli::human_duration(820ms) == "0.8 s");
  CHECK(cli::human_duration(12s) == "12 s");
  CHECK(cli::human_duration(185s) == "3:05");
  CHECK(cli::human_duration(3723s) == "1:02:03");
}

}  // namespace sesame
