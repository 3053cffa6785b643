#include "plugins/segmentation/plan.h"

#include <cmath>
#include <limits>
#include <utility>

namespace slicecast::segment {
namespace {

using config::Option;
using config::Settings;
using config::Type;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr const char* kNetwork = "network";

std::vector<Option> own_options() {
  return {
      {.name = "enabled",
       .type = Type::boolean,
       .default_value = true,
       .doc = "Segment slices; off: read and publish nothing",
       .live = true},
      {.name = "model",
       .default_value = "",
       .doc = "ONNX file of the network, or the name of a shipped one such as gel, for method "
              "network",
       .live = true},
      {.name = "backend",
       .type = Type::choice,
       .default_value = "auto",
       .doc = "Where the network runs: auto: on a card if there is one, else cpu",
       .choices = {"auto", "cuda", "cpu"},
       .live = true},
      {.name = "device",
       .default_value = "",
       .doc = "Card of a mixed-scale dense network, by index or UUID; empty: the first",
       .live = true},
      {.name = "decision",
       .type = Type::choice,
       .default_value = "arg_max",
       .doc = "How a network's chances become labels: arg_max: the likeliest class; threshold: "
              "threshold_class where its chance reaches threshold, else the likeliest other class",
       .choices = {"arg_max", "threshold"},
       .live = true},
      {.name = "threshold",
       .type = Type::real,
       .default_value = 0.5,
       .doc = "Least chance of threshold_class, for decision threshold",
       .minimum = 0,
       .maximum = 1,
       .live = true},
      {.name = "threshold_class",
       .type = Type::integer,
       .default_value = std::int64_t{2},
       .doc = "Class that threshold is about, counted from 1",
       .minimum = 1,
       .maximum = 254,
       .live = true},
      {.name = "hidden_classes",
       .type = Type::reals,
       .default_value = std::vector<double>{},
       .doc = "Classes, counted from 1, that the overlay leaves out; they are still counted",
       .minimum = 1,
       .maximum = 254,
       .live = true},
      {.name = "roi",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Label only what lies in a cylinder that is fixed in the volume",
       .live = true},
      {.name = "roi_centre",
       .type = Type::reals,
       .default_value = std::vector<double>{0, 0, 0},
       .unit = "mm",
       .doc = "Point x,y,z half-way along the axis of the cylinder",
       .live = true},
      {.name = "roi_direction",
       .type = Type::reals,
       .default_value = std::vector<double>{0, 0, 1},
       .doc = "Direction x,y,z of the axis of the cylinder",
       .live = true},
      {.name = "roi_radius",
       .type = Type::real,
       .default_value = 1.0,
       .unit = "mm",
       .doc = "Radius of the cylinder",
       .minimum = 0,
       .maximum = kInfinity,
       .live = true},
      {.name = "roi_half_height",
       .type = Type::real,
       .default_value = 1.0,
       .unit = "mm",
       .doc = "Distance of the ends of the cylinder from its centre",
       .minimum = 0,
       .maximum = kInfinity,
       .live = true},
      {.name = "diagonal",
       .type = Type::boolean,
       .default_value = false,
       .doc = "Pixels that touch by a corner belong to one object",
       .live = true},
      {.name = "smallest_object",
       .type = Type::integer,
       .default_value = std::int64_t{1},
       .unit = "pixels",
       .doc = "Smaller objects are not counted",
       .minimum = 1,
       .maximum = 1e9,
       .live = true},
  };
}

Result<geometry::Vec3> point(const Settings& settings, const char* name) {
  const auto& numbers = settings.reals(name);
  if (numbers.size() != 3)
    return Error{Errc::invalid_argument, std::string(name) + " has " +
                                             std::to_string(numbers.size()) +
                                             " numbers; give three: x,y,z"};
  return geometry::Vec3{numbers[0], numbers[1], numbers[2]};
}

Result<segmentation::Cylinder> region_of(const Settings& settings) {
  const auto centre = point(settings, "roi_centre");
  if (!centre) return centre.error();
  const auto direction = point(settings, "roi_direction");
  if (!direction) return direction.error();
  segmentation::Cylinder cylinder{*centre, *direction, settings.real("roi_radius"),
                                  settings.real("roi_half_height")};
  if (auto ok = cylinder.validate(); !ok) return ok.error();
  return cylinder;
}

Result<std::vector<std::uint8_t>> hidden_of(const Settings& settings) {
  std::vector<std::uint8_t> hidden;
  for (double number : settings.reals("hidden_classes")) {
    if (number != std::floor(number))
      return Error{Errc::invalid_argument,
                   "hidden_classes has " + std::to_string(number) + "; give whole numbers from 1"};
    hidden.push_back(static_cast<std::uint8_t>(number));
  }
  return hidden;
}

Result<void> choose_method(const Settings& settings, Plan& plan) {
  plan.method_name = settings.text("method");
  if (plan.method_name != kNetwork) {
    auto made = segmentation::make_method(settings);
    if (!made) return made.error();
    plan.method = std::move(*made);
    return {};
  }
  plan.model = settings.text("model");
  plan.place = {settings.text("backend"), settings.text("device")};
  if (plan.model.empty())
    return Error{Errc::invalid_argument, "method network needs a file; set model first"};
  return {};
}

}  // namespace

std::vector<Option> plan_options() {
  auto options = own_options();
  auto methods = segmentation::method_options();
  methods.front().choices.emplace_back(kNetwork);
  methods.front().doc += "; network: the file that model names";
  options.insert(options.begin() + 1, methods.begin(), methods.end());
  return options;
}

Result<Plan> plan_of(const Settings& settings) {
  Plan plan;
  plan.enabled = settings.boolean("enabled");
  plan.diagonal = settings.boolean("diagonal");
  plan.smallest_object_pixels = static_cast<std::uint64_t>(settings.integer("smallest_object"));
  if (settings.text("decision") == "threshold")
    plan.decision.threshold = ClassThreshold{
        static_cast<std::uint8_t>(settings.integer("threshold_class")), settings.real("threshold")};
  auto hidden = hidden_of(settings);
  if (!hidden) return hidden.error();
  plan.hidden = std::move(*hidden);
  if (settings.boolean("roi")) {
    const auto region = region_of(settings);
    if (!region) return region.error();
    plan.region = *region;
  }
  if (!plan.enabled) return plan;
  if (auto ok = choose_method(settings, plan); !ok) return ok.error();
  return plan;
}

}  // namespace slicecast::segment
