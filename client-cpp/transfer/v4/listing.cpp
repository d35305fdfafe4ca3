#include "transfer/v4/listing.hpp"

#include <string>

#include "net/wait.hpp"
#include "protocol/v4/requests.hpp"
#include "transfer/v4/broken_protocol.hpp"
#include "transfer/v4/channel.hpp"
#include "transfer/v4/retry_policy.hpp"

namespace sesame::transfer::v4 {

using namespace protocol::v4;
namespace {

constexpr StreamId stream = 1;  // one request at a time

Error not_asked_for() {
  return broken_protocol("it listed something that was not asked for");
}

/// Where a listing stands, from one connection to the next.
class Lister {
 public:
  Lister(const Endpoint& endpoint, std::string_view path,
         const std::function<Status(const ListEntry&)>& visit)
      : endpoint_(endpoint), path_(path), visit_(visit), retries_(endpoint.retries) {}

  Status run() {
    while (true) {
      const auto listed = list_over_one_connection();
      if (listed || visit_failed_) return listed;
      const auto retry = retries_.next(listed.error());
      if (!retry) return retry.error();
      if (const auto slept = net::sleep_for(retry->delay); !slept) return slept;
    }
  }

 private:
  Status list_over_one_connection() {
    auto channel = Channel::open(endpoint_);
    if (!channel) return channel.error();
    if (const auto welcome = channel->login(); !welcome) return welcome.error();
    while (true) {
      const auto response = channel->ask(encode_list(endpoint_.client_id, stream, path_, after_));
      if (!response) return response.error();
      if (const auto* refused = std::get_if<Refused>(&*response)) {
        return to_error(refused->number, refused->text);
      }
      const auto* page = std::get_if<Listing>(&*response);
      if (page == nullptr || page->stream != stream) return not_asked_for();
      if (const auto seen = visit_page(*page); !seen) return seen;
      retries_.note_progress();
      if (!page->more) {
        channel->say_goodbye();
        return {};
      }
      if (page->entries.empty()) return not_asked_for();
    }
  }

  Status visit_page(const Listing& page) {
    for (const ListEntry& entry : page.entries) {
      // In order, and each once: else this might never end.
      if (entry.path <= after_) return not_asked_for();
      after_ = entry.path;
      if (const auto visited = visit_(entry); !visited) {
        visit_failed_ = true;
        return visited;
      }
    }
    return {};
  }

  const Endpoint& endpoint_;
  std::string path_;
  const std::function<Status(const ListEntry&)>& visit_;
  RetryPolicy retries_;
  std::string after_;
  bool visit_failed_ = false;
};

}  // namespace

Status list(const Endpoint& endpoint, std::string_view path,
            const std::function<Status(const ListEntry&)>& visit) {
  return Lister(endpoint, path, visit).run();
}

}  // namespace sesame::transfer::v4
