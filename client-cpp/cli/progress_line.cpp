#include "cli/progress_line.hpp"

#include <algorithm>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/display.hpp"
#include "base/utf8.hpp"
#include "cli/units.hpp"

namespace sesame::cli {
namespace {

constexpr auto redraw_every = std::chrono::milliseconds(100);
constexpr std::size_t longest_name = 30;
constexpr std::size_t default_width = 120;

/// The end of a path says more than its beginning.
std::string shortened(const std::string& name) {
  std::string text = escaped(name);
  std::size_t characters = count_chars(text).value_or(0);
  if (characters <= longest_name) return text;
  std::string_view rest = text;
  for (; characters >= longest_name; --characters)
    rest.remove_prefix(first_char(rest)->length);
  return "…" + std::string(rest);
}

std::size_t terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col : default_width;
}

}  // namespace

std::string cut_to(const std::string& text, std::size_t characters) {
  std::string_view rest = text;
  while (characters > 0 && !rest.empty()) {
    const auto next = first_char(rest);
    rest.remove_prefix(next ? next->length : 1);
    --characters;
  }
  return text.substr(0, text.size() - rest.size());
}

std::string progress_text(const std::string& name, std::uint64_t sent, std::uint64_t total,
                          std::chrono::duration<double> elapsed) {
  const auto done = static_cast<double>(sent);
  const auto all = static_cast<double>(std::max<std::uint64_t>(total, 1));
  std::string text = shortened(name) + "  " +
                     std::to_string(sent * 100 / std::max<std::uint64_t>(total, 1)) + "%  " +
                     human_size(done) + " of " + human_size(all);
  if (elapsed.count() > 0 && done > 0) {
    const double rate = done / elapsed.count();
    text += "  " + human_size(rate) + "/s  " +
            human_duration(std::chrono::duration<double>((all - done) / rate)) + " left";
  }
  return text;
}

void ProgressLine::print(const std::string& line) {
  clear();
  std::fprintf(stderr, "%s\n", line.c_str());
}

void ProgressLine::begin(const std::string& name) {
  name_ = name;
  began_ = Clock::now();
  drawn_ = began_;  // what is over in a moment needs no line
}

void ProgressLine::update(std::uint64_t sent, std::uint64_t total) {
  if (is_due()) draw(progress_text(name_, sent, total, Clock::now() - began_));
}

bool ProgressLine::is_due() const {
  return shown_ && Clock::now() - drawn_ >= redraw_every;
}

void ProgressLine::draw(const std::string& text) {
  drawn_ = Clock::now();
  visible_ = true;
  // A line that wraps could not be taken back.
  std::fprintf(stderr, "\r%s\x1b[K", cut_to(text, terminal_width() - 1).c_str());
  std::fflush(stderr);
}

void ProgressLine::clear() {
  if (!visible_) return;
  std::fputs("\r\x1b[K", stderr);
  visible_ = false;
}

}  // namespace sesame::cli
