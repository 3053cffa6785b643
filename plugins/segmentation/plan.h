// What the parameters of the segmentation plugin ask for. All of them are live: a plan is made anew
// when one changes, and a change that makes no sense is refused before anything else happens.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/option.h"
#include "common/segmentation/method.h"
#include "common/segmentation/region.h"
#include "plugins/segmentation/decision.h"

namespace slicecast::segment {

// `enabled`, `method` (those of the table and "network") with the parameters of each, `model`,
// where it runs and how it decides, `hidden_classes`, the region of interest, and what counts as an
// object.
std::vector<config::Option> plan_options();

// Where a network runs.
struct Place {
  std::string backend = "auto";  // or "cuda", "cpu"
  std::string device;            // empty: the first card
  bool operator==(const Place&) const = default;
};

struct Plan {
  bool enabled = true;
  std::string method_name;
  // Exactly one of these, unless disabled.
  std::shared_ptr<const segmentation::Method> method;
  std::string model;  // path of the file
  Place place;
  Decision decision;
  std::vector<std::uint8_t> hidden;  // labels, from 1
  std::optional<segmentation::Cylinder> region;
  bool diagonal = false;
  std::uint64_t smallest_object_pixels = 1;
};

// A disabled plan is never refused for its method or model, so that both can be put right first.
Result<Plan> plan_of(const config::Settings& settings);

}  // namespace slicecast::segment
