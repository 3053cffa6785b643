#include "viewer/model/upstream.h"

#include <fmt/format.h>

namespace slicecast::viewer {
namespace {

// As for the link to the slice server: a report that came late is no silence.
constexpr std::int64_t kSilentAfterNs = 2'000'000'000, kLostAfterNs = 10'000'000'000;

}  // namespace

void Upstream::begin() {
  for (auto& [kind, it] : kinds_) it.answered = false;
}

void Upstream::answers(const std::string& kind, const std::string& name, std::int64_t now_ns) {
  if (kind != "source" && kind != "projection") return;
  kinds_[kind] = {name, now_ns, true};
}

std::optional<Upstream::Trouble> Upstream::trouble(std::int64_t now_ns, bool scan_ended) const {
  std::optional<Trouble> worst;
  std::int64_t longest = kSilentAfterNs - 1;
  for (const auto& [kind, it] : kinds_) {
    const std::int64_t silent = now_ns - it.heard_ns;
    if (it.answered || silent <= longest || (scan_ended && kind == "source")) continue;
    longest = silent;
    worst = Trouble{silent >= kLostAfterNs ? StatusShape::cross : StatusShape::triangle,
                    fmt::format("{} silent {} s", it.name, silent / 1'000'000'000),
                    fmt::format("Start the {} again; until it answers, images stay as old as they "
                                "are.",
                                kind == "source" ? "source" : "projection server")};
  }
  return worst;
}

ConnectionView with_upstream(ConnectionView view, const std::optional<Upstream::Trouble>& trouble) {
  // What is nearer matters more: without the slice server nothing of this can be seen.
  if (!trouble || view.state != ConnectionState::live) return view;
  view.shape = trouble->shape;
  view.text += ", " + trouble->text;
  view.remedy = trouble->remedy;
  return view;
}

}  // namespace slicecast::viewer
