// One sentence of explanation and one of remedy for every reason by which something is lost (design
// section 7). Constant tables, any thread.
#pragma once

#include <span>
#include <string_view>

namespace slicecast::viewer {

struct LossText {
  std::string_view reason;       // as the ledgers name it
  std::string_view explanation;  // one sentence
  std::string_view remedy;       // one sentence
  bool harmless = false;  // happens in healthy operation (superseded, shed_by_policy): never red
};

std::span<const LossText> loss_texts();
// A reason nobody told us about gets a general text.
LossText loss_text(std::string_view reason);

}  // namespace slicecast::viewer
