#include "plugins/sdk/subscriptions.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace slicecast::plugin {
namespace {

v1::Subscription plain(const std::string& prefix) {
  v1::Subscription subscription;
  subscription.set_prefix(prefix);
  return subscription;
}

double length(const v1::Vec3& v) {
  return std::hypot(v.x_mm(), v.y_mm(), v.z_mm());
}

}  // namespace

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> list;
  for (std::string word; stream >> word;) list.push_back(word);
  return list;
}

std::uint32_t side_for(double wanted_mm, double pixel_mm, std::uint32_t side) {
  if (!(wanted_mm > 0) || !(pixel_mm > 0)) return 0;
  std::uint32_t reduced = side;
  bool halved = false;
  // Halving goes on while the next pixel is nearer to the wanted one than this one.
  for (double pixel = pixel_mm; reduced > 1 && pixel * std::sqrt(2.0) <= wanted_mm; pixel *= 2) {
    reduced = (reduced + 1) / 2;
    halved = true;
  }
  return halved ? reduced : 0;
}

std::vector<v1::Subscription> subscriptions_for(const config::Settings& settings, const Wish& wish,
                                                const v1::Scene& scene) {
  std::vector<v1::Subscription> all = {plain("scene"), plain("scan")};
  if (!settings.boolean("enabled")) return all;
  const auto set_side = static_cast<std::uint32_t>(settings.integer("max_side"));
  const auto max_side = set_side > 0 ? set_side : static_cast<std::uint32_t>(wish.max_side);
  const double set_pixel = settings.real("pixel_size");
  const double pixel_mm = set_pixel > 0 ? set_pixel : wish.pixel_mm;
  const auto ask = [&](const std::string& prefix, std::uint32_t side) {
    v1::Subscription subscription = plain(prefix);
    subscription.set_max_rate_hz(settings.real("max_rate"));
    const std::string& encoding = settings.text("encoding");
    if (encoding == "16 bit") subscription.set_encoding(v1::QUANTISED_16);
    if (encoding == "8 bit") subscription.set_encoding(v1::QUANTISED_8);
    subscription.set_max_side(side);
    all.push_back(std::move(subscription));
  };
  const auto prefixes = words(settings.text("input"));
  for (const auto& prefix : prefixes) ask(prefix, max_side);
  for (const auto& slice : scene.slices()) {
    const std::string key = "slice/" + slice.id();
    if (std::ranges::none_of(prefixes, [&](const auto& it) { return key.starts_with(it); }))
      continue;
    const auto longest = std::max(slice.rows(), slice.columns());
    const double own = std::min(length(slice.axis1()) / std::max(slice.columns(), 1U),
                                length(slice.axis2()) / std::max(slice.rows(), 1U));
    const std::uint32_t side = side_for(pixel_mm, own, longest);
    if (side > 0) ask(key, max_side > 0 ? std::min(side, max_side) : side);
  }
  return all;
}

}  // namespace slicecast::plugin
