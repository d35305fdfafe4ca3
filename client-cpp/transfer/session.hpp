#pragma once

#include <optional>
#include <string>

#include "crypto/crc_variant.hpp"
#include "protocol/responses.hpp"
#include "transfer/block_ring.hpp"
#include "transfer/file_job.hpp"
#include "transfer/identity.hpp"
#include "transfer/link.hpp"
#include "transfer/reporter.hpp"
#include "transfer/session_state.hpp"

namespace sesame::transfer {

/// The conversation of a v3 client: drives the state machine of session_state.hpp over as many
/// connections as it takes.
class Session {
 public:
  /// `client_name` satisfies config::check_client_name.
  Session(std::string client_name, IdentityStore store, LinkOptions link, crypto::CrcVariant crc,
          Reporter& reporter);

  /// Reads me.info, without a word to the server. Fails with BadMeInfo, IdentityMismatch or Io.
  Status recall_identity();

  /// Registers or reconnects, unless that is done. Network and protocol faults may be tried again;
  /// NameTaken, Refused, BadMeInfo and IdentityMismatch are final.
  Status open();

  /// Sends the file until the server has acknowledged it; the session is open. Network and protocol
  /// faults may be tried again after another open(); other failures are the file's.
  Status send(FileJob& job);

 private:
  /// What an action brought: the server may answer before all of a request is sent.
  using EarlyResponse = std::optional<protocol::Response>;

  // session.cpp: the machine.
  Status run(Event event);
  Result<Event> await_event(const EarlyResponse& early);
  Result<Event> interpret(const protocol::Response& response);
  Result<Event> judge_crc(const protocol::FileReceived& received);
  Event lose_connection(const Error& why);
  void begin_anew();

  // session_actions.cpp: what it does.
  Result<EarlyResponse> perform(Action action);
  Result<EarlyResponse> send_frame(ByteView frame);
  Result<EarlyResponse> send_file(Bytes frames = {});
  Result<EarlyResponse> send_block(Outgoing out);
  Result<EarlyResponse> send_file_again();
  Result<EarlyResponse> send_public_key();
  Status adopt_identity();
  Status take_key();

  const std::string client_name_;
  const protocol::NameField client_name_field_;
  const IdentityStore store_;
  const crypto::CrcVariant crc_variant_;
  Reporter& reporter_;
  Link link_;
  BlockRing ring_;

  State state_ = State::Start;
  std::optional<Identity> identity_;
  std::optional<crypto::AesKey> aes_key_;
  ClientId granted_id_;        // of the last 2100
  Bytes wrapped_key_;          // of the last 2102 or 2105
  FileJob* job_ = nullptr;     // under way
  std::optional<Error> loss_;  // why the connection broke last
};

}  // namespace sesame::transfer
