#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace sesame::transfer {

/// Where the conversation of a v3 client with its server stands. It is about the client id, not
/// about a connection: one may end and another begin within any state.
enum class State {
  Start,
  Registering,       // 1025 sent, nothing known from before
  RegisteringAgain,  // 1025 sent, because the identity from before was refused
  ExchangingKey,     // 1026 sent under a new id
  ResumingKey,       // 1026 sent under the id from before, whose name is still taken
  Reconnecting,      // 1027 sent
  Ready,             // the AES key is there, no file is under way
  Sending,           // 1028 sent, or being sent
  Resending,         // 1030 and a further 1028 sent: a 2104 for the 1030 may come first
  Confirming,        // 1029 sent
  ConfirmingAgain,   // 1029 sent a second time, over another connection
  GivingUp,          // 1031 sent
  Ended,             // the server will not have us
};

/// What happens to it.
enum class Event {
  IdentityKnown,
  IdentityUnknown,
  FileChosen,
  Registered,           // 2100
  RegistrationRefused,  // 2101
  AesKeyGranted,        // 2102
  CrcRight,             // 2103 with the CRC that we have
  CrcWrong,             // 2103 with another, and there are sends left
  CrcWrongTooOften,     // 2103 with another, after the last send
  Acknowledged,         // 2104
  Reconnected,          // 2105
  ReconnectRefused,     // 2106
  GeneralError,         // 2107
  RefusedEarly,         // 2107 before all of the request was sent
  ConnectionStale,      // the server had closed before it could read the request
  ConnectionLost,       // the connection broke, or no answer came in time
};

/// What the client does about it.
enum class Action {
  SendRegister,
  SendPublicKey,
  AdoptIdentity,  // write me.info with the new id, then send the public key
  SendReconnect,
  TakeKey,
  SendFile,
  SendFileAgain,  // 1030, and the file right behind it
  SendCrcCorrect,
  SendGiveUp,
  KeepWaiting,
  FinishFile,
  RefuseFile,
  RefuseFileAndDrop,  // the connection is not between two requests: begin anew on another
  FailFile,
  ReportNameTaken,
  ReportRefusal,
  ReportLost,
};

struct Transition {
  State from;
  Event on;
  Action action;
  State to;
};

/// All there are. What is not in the table must not happen: from the server it is a breach of the
/// protocol.
[[nodiscard]] std::span<const Transition> transitions();

[[nodiscard]] std::optional<Transition> find_transition(State from, Event on);

/// No answer is awaited.
[[nodiscard]] bool is_resting(State state);

}  // namespace sesame::transfer
