#include "common/nn/graph/model_card.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

namespace slicecast::nn {
namespace {

constexpr std::string_view kPrefix = "slicecast.";
constexpr std::array kKinds{OutputKind::values, OutputKind::logits, OutputKind::probabilities,
                            OutputKind::log_probabilities, OutputKind::labels};

Error refused(const std::string& key, const std::string& value, const std::string& remedy) {
  return {Errc::invalid_argument,
          "model metadata slicecast." + key + " = '" + value.substr(0, 80) + "': " + remedy};
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::vector<std::string> parts(const std::string& text) {
  std::vector<std::string> all;
  std::size_t first = 0;
  while (true) {
    const auto comma = text.find(',', first);
    std::string part = text.substr(first, comma - first);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    all.push_back(std::move(part));
    if (comma == std::string::npos) return all;
    first = comma + 1;
  }
}

std::optional<std::uint32_t> colour(const std::string& text) {
  std::uint32_t value = 0;
  if (text.size() != 7 || text[0] != '#') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 7, value, 16);
  if (error != std::errc{} || end != text.data() + 7) return std::nullopt;
  return value;
}

Result<void> set_classes(ModelCard& card, const std::string& text) {
  if (text.empty()) return refused("classes", text, "name them, separated by commas");
  for (std::string& name : parts(text)) {
    if (name.empty()) return refused("classes", text, "a name is empty");
    for (const auto& other : card.classes)
      if (other.name == name) return refused("classes", text, "a name is there twice");
    card.classes.push_back({std::move(name), default_colour(card.classes.size())});
  }
  if (card.classes.size() > static_cast<std::size_t>(msd::kMostOutputs))
    return refused("classes", text, "at most 256 classes fit a label");
  return {};
}

// After the classes.
Result<void> set_colours(ModelCard& card, const std::string& text) {
  const auto all = parts(text);
  if (all.size() != card.classes.size())
    return refused("class_colours", text, "give one colour per class of slicecast.classes");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto value = colour(all[i]);
    if (!value) return refused("class_colours", text, "write colours as #rrggbb");
    card.classes[i].colour = *value;
  }
  return {};
}

Result<void> set_number(ModelCard& card, const std::string& key, const std::string& text) {
  const auto value = number(text);
  if (!value) return refused(key, text, "write a finite number");
  if (key == "input_scale") {
    if (*value == 0) return refused(key, text, "a scale of 0 leaves nothing of the image");
    card.input_scale = *value;
  } else if (key == "input_shift") {
    card.input_shift = *value;
  } else {
    if (*value <= 0) return refused(key, text, "a pixel has a positive size, in mm");
    card.pixel_size_mm = *value;
  }
  return {};
}

Result<void> set(ModelCard& card, const std::string& key, const std::string& text) {
  if (key == "name") return card.name = text, Result<void>();
  if (key == "licence") return card.licence = text, Result<void>();
  if (key == "provenance") return card.provenance = text, Result<void>();
  if (key == "value_unit") return card.value_unit = text, Result<void>();
  if (key == "classes") return set_classes(card, text);
  if (key == "class_colours") return {};  // after all others
  if (key == "input_scale" || key == "input_shift" || key == "pixel_size_mm")
    return set_number(card, key, text);
  if (key == "border") {
    const auto border = msd::parse_border(text.c_str());
    if (!border) return refused(key, text, "use symmetric, reflect, replicate or zeros");
    card.border = *border;
    return {};
  }
  if (key == "output") {
    for (const OutputKind kind : kKinds)
      if (text == to_string(kind)) return card.output = kind, Result<void>();
    return refused(key, text, "use values, logits, probabilities, log_probabilities or labels");
  }
  return refused(key, text, "there is no such property; see docs/reference/models.md");
}

std::string text_of(double value) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

}  // namespace

const char* to_string(OutputKind kind) {
  switch (kind) {
    case OutputKind::values: return "values";
    case OutputKind::logits: return "logits";
    case OutputKind::probabilities: return "probabilities";
    case OutputKind::log_probabilities: return "log_probabilities";
    case OutputKind::labels: return "labels";
  }
  return "unknown";
}

std::uint32_t default_colour(std::size_t index) {
  // M. Okabe and K. Ito, "Color universal design", 2008; class 0 is mostly the background.
  constexpr std::array<std::uint32_t, 8> kColours{0x000000, 0xe69f00, 0x56b4e9, 0x009e73,
                                                  0xf0e442, 0x0072b2, 0xd55e00, 0xcc79a7};
  return kColours[index % kColours.size()];
}

bool ModelCard::operator==(const ModelCard& other) const {
  return write_card(*this) == write_card(other);
}

Result<ModelCard> read_card(const std::map<std::string, std::string>& metadata) {
  ModelCard card;
  for (const auto& [name, value] : metadata)
    if (name.starts_with(kPrefix))
      if (auto ok = set(card, name.substr(kPrefix.size()), value); !ok) return ok.error();
  const auto colours = metadata.find("slicecast.class_colours");
  if (colours != metadata.end())
    if (auto ok = set_colours(card, colours->second); !ok) return ok.error();
  return card;
}

std::map<std::string, std::string> write_card(const ModelCard& card) {
  std::map<std::string, std::string> metadata;
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) metadata[std::string(kPrefix) + key] = value;
  };
  put("name", card.name);
  put("licence", card.licence);
  put("provenance", card.provenance);
  put("value_unit", card.value_unit);
  if (card.input_scale != 1) put("input_scale", text_of(card.input_scale));
  if (card.input_shift != 0) put("input_shift", text_of(card.input_shift));
  if (card.pixel_size_mm) put("pixel_size_mm", text_of(*card.pixel_size_mm));
  if (card.border) put("border", msd::to_string(*card.border));
  if (card.output) put("output", to_string(*card.output));
  std::string names, colours;
  for (const ClassEntry& entry : card.classes) {
    names += (names.empty() ? "" : ",") + entry.name;
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "#%06x", entry.colour & 0xffffffU);
    colours += (colours.empty() ? "" : ",") + std::string(text.data());
  }
  put("classes", names);
  put("class_colours", colours);
  return metadata;
}

}  // namespace slicecast::nn
