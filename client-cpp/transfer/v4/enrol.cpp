#include "transfer/v4/enrol.hpp"

#include "transfer/v4/channel.hpp"

namespace sesame::transfer::v4 {
namespace {

/// What follows a welcome.
Greeting greeted(Channel& channel, Welcome welcome, const Endpoint& endpoint) {
  if (const auto asked = channel.ask_for_knock_key(welcome); !asked) {
    // Who is in is in; the key comes another time.
    endpoint.knock_keeper->not_given(asked.error());
  }
  channel.say_goodbye();
  return {std::move(welcome), channel.server_pin()};
}

}  // namespace

Result<Greeting> enrol(const Endpoint& endpoint, const JoinRequest& request) {
  auto channel = Channel::open(endpoint);
  if (!channel) return channel.error();
  auto welcome = channel->join(request);
  if (!welcome) return welcome.error();
  return greeted(*channel, *std::move(welcome), endpoint);
}

Result<Asked> ask_to_join(const Endpoint& endpoint, const JoinRequest& request) {
  auto channel = Channel::open(endpoint);
  if (!channel) return channel.error();
  auto welcome = channel->join(request);
  if (!welcome && welcome.error().code == ErrorCode::AwaitingApproval) {
    return Asked{std::nullopt, channel->server_pin()};
  }
  if (!welcome) return welcome.error();
  return Asked{greeted(*channel, *std::move(welcome), endpoint), channel->server_pin()};
}

Result<Greeting> greet(const Endpoint& endpoint) {
  auto channel = Channel::open(endpoint);
  if (!channel) return channel.error();
  auto welcome = channel->login();
  if (!welcome) return welcome.error();
  return greeted(*channel, *std::move(welcome), endpoint);
}

}  // namespace sesame::transfer::v4
