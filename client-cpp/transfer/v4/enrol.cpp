#include "transfer/v4/enrol.hpp"

#include "transfer/v4/channel.hpp"

namespace sesame::transfer::v4 {
namespace {

template <typename Ask>
Result<Greeting> greeted(const Endpoint& endpoint, Ask ask) {
  auto channel = Channel::open(endpoint);
  if (!channel) return channel.error();
  auto welcome = ask(*channel);
  if (!welcome) return welcome.error();
  if (const auto asked = channel->ask_for_knock_key(*welcome); !asked) {
    // Who is in is in; the key comes another time.
    endpoint.knock_keeper->not_given(asked.error());
  }
  channel->say_goodbye();
  return Greeting{*std::move(welcome), channel->server_pin()};
}

}  // namespace

Result<Greeting> enrol(const Endpoint& endpoint, const JoinRequest& request) {
  return greeted(endpoint, [&](Channel& channel) { return channel.join(request); });
}

Result<Greeting> greet(const Endpoint& endpoint) {
  return greeted(endpoint, [](Channel& channel) { return channel.login(); });
}

}  // namespace sesame::transfer::v4
