#include "transfer/session_state.hpp"

#include <set>

#include <doctest/doctest.h>

namespace sesame::transfer {
namespace {

constexpr State all_states[] = {
    State::Start,         State::Registering,     State::RegisteringAgain,
    State::ExchangingKey, State::ResumingKey,     State::Reconnecting,
    State::Ready,         State::Sending,         State::Resending,
    State::Confirming,    State::ConfirmingAgain, State::GivingUp,
    State::Ended};

constexpr Event all_events[] = {Event::IdentityKnown,
                                Event::IdentityUnknown,
                                Event::FileChosen,
                                Event::Registered,
                                Event::RegistrationRefused,
                                Event::AesKeyGranted,
                                Event::CrcRight,
                                Event::CrcWrong,
                                Event::CrcWrongTooOften,
                                Event::Acknowledged,
                                Event::Reconnected,
                                Event::ReconnectRefused,
                                Event::GeneralError,
                                Event::RefusedEarly,
                                Event::ConnectionStale,
                                Event::ConnectionLost};

State after(State from, Event on) {
  const auto transition = find_transition(from, on);
  REQUIRE(transition);
  return transition->to;
}

Action action_on(State from, Event on) {
  const auto transition = find_transition(from, on);
  REQUIRE(transition);
  return transition->action;
}

/// What may be said in each state; every other event is a breach.
std::set<Event> allowed(State state) {
  using E = Event;
  const std::set<E> verdicts{E::CrcRight,      E::CrcWrong,     E::CrcWrongTooOften,
                             E::GeneralError,  E::RefusedEarly, E::ConnectionStale,
                             E::ConnectionLost};
  switch (state) {
    case State::Start: return {E::IdentityKnown, E::IdentityUnknown};
    case State::Registering:
      return {E::Registered, E::RegistrationRefused, E::GeneralError, E::ConnectionLost};
    case State::RegisteringAgain:
      return {E::Registered, E::RegistrationRefused, E::GeneralError, E::ConnectionStale,
              E::ConnectionLost};
    case State::ExchangingKey:
    case State::ResumingKey:
      return {E::AesKeyGranted, E::GeneralError, E::ConnectionStale, E::ConnectionLost};
    case State::Reconnecting:
      return {E::Reconnected, E::ReconnectRefused, E::GeneralError, E::ConnectionLost};
    case State::Ready: return {E::FileChosen};
    case State::Sending: return verdicts;
    case State::Resending: {
      auto events = verdicts;
      events.insert(E::Acknowledged);
      return events;
    }
    case State::Confirming:
    case State::GivingUp:
      return {E::Acknowledged, E::GeneralError, E::ConnectionStale, E::ConnectionLost};
    case State::ConfirmingAgain: return {E::Acknowledged, E::GeneralError, E::ConnectionLost};
    case State::Ended: return {};
  }
  return {};
}

}  // namespace

TEST_CASE("each event in each state: allowed, or a breach") {
  std::size_t count = 0;
  for (const State state : all_states) {
    const auto events = allowed(state);
    for (const Event event : all_events) {
      CAPTURE(static_cast<int>(state));
      CAPTURE(static_cast<int>(event));
      CHECK(find_transition(state, event).has_value() == events.contains(event));
    }
    count += events.size();
  }
  CHECK(transitions().size() == count);  // no row twice, none out of reach
}

TEST_CASE("every state in which an answer is awaited survives the loss of its connection") {
  for (const State state : all_states) {
    CAPTURE(static_cast<int>(state));
    CHECK(find_transition(state, Event::ConnectionLost).has_value() == !is_resting(state));
  }
}

TEST_CASE("a loss never leads to another wait") {
  for (const auto& row : transitions()) {
    if (row.on == Event::ConnectionLost) CHECK(is_resting(row.to));
  }
}

TEST_CASE("a new client: register, key, file, confirm") {
  State state = after(State::Start, Event::IdentityUnknown);
  CHECK(state == State::Registering);
  CHECK(action_on(state, Event::Registered) == Action::AdoptIdentity);
  state = after(state, Event::Registered);
  state = after(state, Event::AesKeyGranted);
  CHECK(state == State::Ready);
  state = after(state, Event::FileChosen);
  state = after(state, Event::CrcRight);
  CHECK(action_on(state, Event::Acknowledged) == Action::FinishFile);
  CHECK(after(state, Event::Acknowledged) == State::Ready);
}

TEST_CASE("a 2104 for a 1030 is skipped once, a second one is a breach") {
  const State resending = after(State::Sending, Event::CrcWrong);
  CHECK(action_on(resending, Event::Acknowledged) == Action::KeepWaiting);
  CHECK_FALSE(find_transition(after(resending, Event::Acknowledged), Event::Acknowledged));
}

TEST_CASE("a refused reconnect registers again; a name that is then taken may be our own") {
  const State again = after(State::Reconnecting, Event::ReconnectRefused);
  CHECK(again == State::RegisteringAgain);
  CHECK(action_on(again, Event::RegistrationRefused) == Action::SendPublicKey);
  CHECK(action_on(State::ResumingKey, Event::GeneralError) == Action::ReportNameTaken);
}

}  // namespace sesame::transfer
