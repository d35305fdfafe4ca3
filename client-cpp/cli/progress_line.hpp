#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sesame::cli {

/// One line at the foot of a terminal that shows how far a file is. Everything else that goes to
/// stderr passes through here too, so that the line never mixes with it.
class ProgressLine {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ProgressLine(bool shown) : shown_(shown) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }

  /// Writes a whole line to stderr.
  void print(const std::string& line);

  /// One file: its name, and how far it is.
  void begin(const std::string& name);
  void update(std::uint64_t sent, std::uint64_t total);

  /// It is shown, and a while has passed since it was drawn.
  [[nodiscard]] bool is_due() const;
  /// Any text, cut to the width of the terminal.
  void draw(const std::string& text);
  void clear();

 private:
  bool shown_;
  bool visible_ = false;
  std::string name_;
  Clock::time_point began_;
  Clock::time_point drawn_;
};

/// The first characters of a text.
[[nodiscard]] std::string cut_to(const std::string& text, std::size_t characters);

/// `name  42%  1.2 GiB of 2.9 GiB  301.4 MiB/s  5.7 s left`.
[[nodiscard]] std::string progress_text(const std::string& name, std::uint64_t sent,
                                        std::uint64_t total, std::chrono::duration<double> elapsed);

}  // namespace sesame::cli
