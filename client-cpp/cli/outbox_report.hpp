#pragma once

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/json_line.hpp"
#include "transfer/watch/outbox.hpp"

namespace sesame::cli {

/// What `sesame status` says of an outbox, also while a watcher has it.
class OutboxReport {
 public:
  /// Nothing where nobody ever watched. Fails as Outbox::look.
  static Result<std::optional<OutboxReport>> of(const std::filesystem::path& folder);

  [[nodiscard]] Json json() const;
  /// Lines for people: what, and how it is.
  template <typename Print>
  void print(Print line) const {
    line("watcher", watcher_ ? "runs, process " + *watcher_ : "does not run");
    line("waiting", waiting_text());
    if (totals_.failed > 0) line("failed", failed_text());
    if (totals_.leaving > 0) line("to remove", leaving_text());
    if (totals_.parked > 0) line("not watched", parked_text());
    if (!state_.unleased.empty()) line("no leases", unleased_text());
    line("last sent", sent_text());
    if (!state_.fault.empty()) line("server", fault_text());
  }

  /// Each file that waits, one a line, as JSON or for people. Fails as the outbox does.
  Status list(bool as_json);

 private:
  explicit OutboxReport(transfer::watch::Outbox outbox) : outbox_(std::move(outbox)) {}
  [[nodiscard]] std::string waiting_text() const;
  [[nodiscard]] std::string failed_text() const;
  [[nodiscard]] std::string leaving_text() const;
  [[nodiscard]] std::string parked_text() const;
  [[nodiscard]] std::string unleased_text() const;
  [[nodiscard]] std::string sent_text() const;
  [[nodiscard]] std::string fault_text() const;

  transfer::watch::Outbox outbox_;
  transfer::watch::OutboxTotals totals_;
  transfer::watch::OutboxState state_;
  std::optional<std::string> watcher_;
};

}  // namespace sesame::cli
