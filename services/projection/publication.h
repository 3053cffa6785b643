// What goes out on the filtered link and in which order: FilteredStart before any projection of its
// epoch, none of an older epoch after it, EpochReady behind the last refiltered one. Keeps the ring
// to one window, so that a slice server that starts late gets exactly what it needs.
//
// Not synchronised: the pipeline calls under its lock, which is what makes the order hold.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/recon/card_sharing.h"
#include "common/wire/bulk.h"
#include "services/projection/epoch.h"
#include "services/projection/projection_matrix.h"

namespace slicecast::projection {

struct FilteredImage {
  std::uint64_t id = 0;
  double angle_rad = 0;
  std::optional<geometry::Matrix34> sent_matrix;
  geometry::Matrix34 matrix;
  std::int64_t acquired_ns = 0;
  bool refiltered = false;
  PixelType type = PixelType::f16;
  float scale = 1;
  ConstBufferPtr pixels;
  std::shared_ptr<const recon::SharedImage> on_card;  // the same pixels; null: only here
};

class Publication {
 public:
  explicit Publication(wire::BulkProducer& producer) : producer_(producer) {}

  // `clear`: a new scan, nothing before this is of use any more.
  void start_epoch(const Epoch& epoch, const geometry::ScanGeometry& g, bool refilter, bool clear);
  void projection(const FilteredImage& image);
  // Whether anybody takes projections on the card. Any thread.
  bool wanted_on_card() const;
  void epoch_ready();
  // New matrices for everything the ring still holds.
  void update_geometry(const Epoch& epoch, const geometry::ScanGeometry& g,
                       const ProjectionMatrices& matrices);
  void end_scan();
  // Frames of this epoch are being continued beyond their edges: says so once.
  void set_values_uncertain();

  // Lets go of what nobody needs any more; now and then, also when nothing is being published.
  void tidy();

  std::uint64_t geometry_revision() const { return geometry_revision_; }
  std::size_t held() const { return in_ring_.size(); }

 private:
  struct Sent {
    std::uint64_t sequence = 0;
    std::uint64_t id = 0;
  };
  struct View {
    double angle_rad = 0;
    std::optional<geometry::Matrix34> sent_matrix;
    std::uint32_t copies = 0;  // in the ring
  };
  void forget_until(std::uint64_t sequence);
  void slide_ring();
  void set_preamble();

  wire::BulkProducer& producer_;
  std::string scan_id_;
  std::uint64_t epoch_ = 0;
  std::uint64_t geometry_revision_ = 0;
  std::uint64_t kept_ids_ = 1;  // span of ids the ring is to hold
  std::uint64_t newest_ = 0;
  v1::BulkHeader start_;
  std::uint64_t start_sequence_ = 0;
  bool uncertain_owed_ = false;                              // to be said when the refilter is done
  std::vector<v1::BulkHeader> update_;                       // the last geometry change
  std::uint64_t useless_before_ = 0, forgotten_before_ = 0;  // sequences
  int since_tidied_ = 0;
  std::deque<Sent> in_ring_;
  std::map<std::uint64_t, View> views_;
};

}  // namespace slicecast::projection
