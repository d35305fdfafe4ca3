#include "transfer/session_state.hpp"

#include <algorithm>
#include <array>

namespace sesame::transfer {
namespace {

using S = State;
using E = Event;
using A = Action;

// clang-format off
constexpr std::array table{
    Transition{S::Start,            E::IdentityKnown,       A::SendReconnect,     S::Reconnecting},
    Transition{S::Start,            E::IdentityUnknown,     A::SendRegister,      S::Registering},

    Transition{S::Reconnecting,     E::Reconnected,         A::TakeKey,           S::Ready},
    Transition{S::Reconnecting,     E::ReconnectRefused,    A::SendRegister,      S::RegisteringAgain},
    Transition{S::Reconnecting,     E::GeneralError,        A::ReportRefusal,     S::Ended},
    Transition{S::Reconnecting,     E::ConnectionLost,      A::ReportLost,        S::Start},

    Transition{S::Registering,      E::Registered,          A::AdoptIdentity,     S::ExchangingKey},
    Transition{S::Registering,      E::RegistrationRefused, A::ReportNameTaken,   S::Ended},
    Transition{S::Registering,      E::GeneralError,        A::ReportRefusal,     S::Ended},
    Transition{S::Registering,      E::ConnectionLost,      A::ReportLost,        S::Start},

    // Our own name may be what is in the way: an earlier run registered it and was cut off before
    // its key exchange. Then the id in me.info is good, and only its 1026 is missing.
    Transition{S::RegisteringAgain, E::Registered,          A::AdoptIdentity,     S::ExchangingKey},
    Transition{S::RegisteringAgain, E::RegistrationRefused, A::SendPublicKey,     S::ResumingKey},
    Transition{S::RegisteringAgain, E::GeneralError,        A::ReportRefusal,     S::Ended},
    Transition{S::RegisteringAgain, E::ConnectionStale,     A::SendRegister,      S::RegisteringAgain},
    Transition{S::RegisteringAgain, E::ConnectionLost,      A::ReportLost,        S::Start},

    Transition{S::ExchangingKey,    E::AesKeyGranted,       A::TakeKey,           S::Ready},
    Transition{S::ExchangingKey,    E::GeneralError,        A::ReportRefusal,     S::Ended},
    Transition{S::ExchangingKey,    E::ConnectionStale,     A::SendPublicKey,     S::ExchangingKey},
    Transition{S::ExchangingKey,    E::ConnectionLost,      A::ReportLost,        S::Start},

    Transition{S::ResumingKey,      E::AesKeyGranted,       A::TakeKey,           S::Ready},
    Transition{S::ResumingKey,      E::GeneralError,        A::ReportNameTaken,   S::Ended},
    Transition{S::ResumingKey,      E::ConnectionStale,     A::SendPublicKey,     S::ResumingKey},
    Transition{S::ResumingKey,      E::ConnectionLost,      A::ReportNameTaken,   S::Ended},

    Transition{S::Ready,            E::FileChosen,          A::SendFile,          S::Sending},

    Transition{S::Sending,          E::CrcRight,            A::SendCrcCorrect,    S::Confirming},
    Transition{S::Sending,          E::CrcWrong,            A::SendFileAgain,     S::Resending},
    Transition{S::Sending,          E::CrcWrongTooOften,    A::SendGiveUp,        S::GivingUp},
    Transition{S::Sending,          E::GeneralError,        A::RefuseFile,        S::Ready},
    Transition{S::Sending,          E::RefusedEarly,        A::RefuseFileAndDrop, S::Start},
    Transition{S::Sending,          E::ConnectionStale,     A::SendFile,          S::Sending},
    Transition{S::Sending,          E::ConnectionLost,      A::ReportLost,        S::Start},

    Transition{S::Resending,        E::Acknowledged,        A::KeepWaiting,       S::Sending},
    Transition{S::Resending,        E::CrcRight,            A::SendCrcCorrect,    S::Confirming},
    Transition{S::Resending,        E::CrcWrong,            A::SendFileAgain,     S::Resending},
    Transition{S::Resending,        E::CrcWrongTooOften,    A::SendGiveUp,        S::GivingUp},
    // Whether this answers the 1030 or the 1028 cannot be told.
    Transition{S::Resending,        E::GeneralError,        A::RefuseFileAndDrop, S::Start},
    Transition{S::Resending,        E::RefusedEarly,        A::RefuseFileAndDrop, S::Start},
    Transition{S::Resending,        E::ConnectionStale,     A::SendFile,          S::Sending},
    Transition{S::Resending,        E::ConnectionLost,      A::ReportLost,        S::Start},

    Transition{S::Confirming,       E::Acknowledged,        A::FinishFile,        S::Ready},
    Transition{S::Confirming,       E::GeneralError,        A::RefuseFile,        S::Ready},
    Transition{S::Confirming,       E::ConnectionStale,     A::SendCrcCorrect,    S::ConfirmingAgain},
    Transition{S::Confirming,       E::ConnectionLost,      A::ReportLost,        S::Start},

    // A refusal here may only mean that the first 1029 was taken: send the file again to be sure.
    Transition{S::ConfirmingAgain,  E::Acknowledged,        A::FinishFile,        S::Ready},
    Transition{S::ConfirmingAgain,  E::GeneralError,        A::ReportLost,        S::Start},
    Transition{S::ConfirmingAgain,  E::ConnectionLost,      A::ReportLost,        S::Start},

    Transition{S::GivingUp,         E::Acknowledged,        A::FailFile,          S::Ready},
    Transition{S::GivingUp,         E::GeneralError,        A::FailFile,          S::Ready},
    Transition{S::GivingUp,         E::ConnectionStale,     A::SendGiveUp,        S::GivingUp},
    Transition{S::GivingUp,         E::ConnectionLost,      A::FailFile,          S::Start},
};
// clang-format on

}  // namespace

std::span<const Transition> transitions() {
  return table;
}

std::optional<Transition> find_transition(State from, Event on) {
  const auto found = std::ranges::find_if(
      table, [from, on](const Transition& row) { return row.from == from && row.on == on; });
  if (found == table.end()) return std::nullopt;
  return *found;
}

bool is_resting(State state) {
  return state == State::Start || state == State::Ready || state == State::Ended;
}

}  // namespace sesame::transfer
