// All that the viewer knows and shows, without GL and window: the view models and what has come
// from the servers. Panels read and change it; network threads never touch it. UI thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "viewer/app/frame_meter.h"
#include "viewer/app/pose_clock.h"
#include "viewer/link/mailbox.h"
#include "viewer/link/retirement.h"
#include "viewer/link/server_link.h"
#include "viewer/model/absence.h"
#include "viewer/model/age_statistics.h"
#include "viewer/model/camera.h"
#include "viewer/model/connection.h"
#include "viewer/model/facts_book.h"
#include "viewer/model/health.h"
#include "viewer/model/intensity.h"
#include "viewer/model/iso_surface.h"
#include "viewer/model/layout.h"
#include "viewer/model/overlay_history.h"
#include "viewer/model/overlay_match.h"
#include "viewer/model/overlay_style.h"
#include "viewer/model/parameters_model.h"
#include "viewer/model/provenance.h"
#include "viewer/model/recent_addresses.h"
#include "viewer/model/slice_history.h"
#include "viewer/model/slice_set.h"
#include "viewer/model/transfer.h"
#include "viewer/model/upstream.h"
#include "viewer/model/value_overlay.h"

namespace slicecast::viewer {

// What the 3D scene shows beside the slices.
struct SceneChoices {
  bool volume = false, box = true, axes = true, projection = false, labels = true;
  bool iso_surface = false;
  double iso_level = 0.5;  // share of the intensity limits of the preview
};

// Overlays of one producer.
struct Producer {
  OverlayStyle style;
  std::map<std::string, OverlayMatch> matches;  // by slice
  OverlayHistory kept;                          // for what is frozen
  std::map<std::string, FractionSeries> fractions;
  std::string model, warning;
  bool values = false;  // instead of classes: drawn through `colours`
  ColourChoice colours{ColourMap::inferno, false};
  std::string quantity, unit;         // of values
  ValueLimits proposed;               // by the producer, with its newest image
  std::optional<ValueLimits> chosen;  // by the user
  ValueLimits limits() const { return chosen.value_or(proposed); }
};

// What one slice shows now.
struct ShownSlice {
  SliceVersionPtr image;    // null: nothing yet
  OverlayImagePtr overlay;  // null: none
  std::string producer;     // of the overlay
  std::string mark;         // why no overlay is there though one is on; empty: nothing to say
};

// The preview volume has limits of its own, under this name in the intensity set.
inline constexpr const char* kPreviewIntensity = "preview";

// A and B of the selected slice instead of what arrives.
struct Comparison {
  bool side_by_side = false;                  // in the 2D view: A left, B right
  std::optional<SliceHistory::Choice> blink;  // which of them is on the screen now
};

// What something that arrived asks of the screen. Soon: only figures and curves are out of date (of
// an image there is more to say once it is on the graphics card). Panels: these at once, the views
// stay. Now: all of it.
enum class Redraw : std::uint8_t { no, soon, panels, now };

class Session {
 public:
  struct Options {
    std::string client;
    bool observe = false;
    int window_width = 1280, window_height = 800;
    double font_scale = 1;
  };
  Session(const Options& options, Mailbox& mailbox);

  // Leaves the servers in use and goes to those of another hub; asks those of the same one again.
  Result<void> connect(const std::string& hub, const wire::SecurityOptions& security);
  // Everything that waits in the mailbox.
  Redraw take_arrivals();
  // Hands requests that wait to the network threads, moves the clock of the connection.
  void advance(std::int64_t now_ns);

  // Says why not where this viewer must not: it only looks, or its display is frozen, so that the
  // slice would move for everybody and nobody here would see it.
  bool may_move();
  // An edit of a pose by hand at `event_ns`, sent at once, where may_move().
  void move_slice(const std::string& id, const Pose& pose, std::int64_t event_ns);
  // This image of the slice is on the screen since `swap_ns`. Counts once per acquisition.
  void note_age(const std::string& id, const SliceVersion& image, std::int64_t swap_ns);
  ShownSlice shown(const std::string& id, std::int64_t now_ns) const;
  // "you", "the server" or the name of another viewer.
  std::string who(const std::string& author) const;
  const Histogram* histogram_of(const std::string& id) const;  // null: none yet
  SliceVersionPtr measured(const std::string& id) const;       // of which that is; null: none yet
  // The box about everything: field of view, else preview, else slices.
  Box bounds() const;
  std::optional<geometry::FieldOfView> field() const;
  double voxel_mm() const;  // pixel of the selected slice, for steps
  // Where the service has the rotation axis, also when it takes the scan's; pixel columns.
  std::optional<double> axis_in_use(const std::string& service) const;
  const SessionFactsPtr& facts() const { return facts_.newest(); }  // never null
  std::string length_unit() const;  // "mm", or "px" for scans without a pixel size
  // As it is shown, with what is wrong behind the slice server.
  ConnectionView link_view(std::int64_t now_ns) const;
  std::string value_unit(const std::string& slice) const;  // "1/mm", "1/px", or what its image says
  const SceneSlice* selected() const { return slices.find(slices.selected()); }
  // One line for the status bar, shown for some seconds.
  void say(std::string text);
  // A refusal, if it is one.
  void say(const Result<void>& outcome);

  SliceSet slices;
  SliceHistory history;
  IntensitySet intensities;
  ColourChoice colours;
  TransferCurve transfer;
  Camera camera;
  SceneChoices choices;
  ParametersModel parameters;
  Health health;
  AgeStatistics age;
  std::deque<double> waited_ms;  // of each image counted there: from its arrival to the screen
  Connection connection;         // to the slice server
  Upstream upstream;             // those whom its images come from
  LayoutBook layouts;
  RecentAddresses recent;  // hubs that were live
  PoseClock pose_clock;
  FrameMeter meter;
  ImageWish wish;
  std::map<std::string, Producer> producers;
  Comparison comparison;
  std::shared_ptr<const Mesh> iso_mesh;  // of the preview at choices.iso_level; null: none yet
  double iso_mesh_level = 0;             // of that mesh, in the unit of the values
  PreviewFramePtr preview;
  ThumbnailFramePtr thumbnail;
  ReportPtr report;
  std::unique_ptr<ServerLink> link;  // null before connect()
  // Goes to another hub; set by the program, which knows keys and proxy.
  std::function<void(const std::string& hub)> connect_to;
  std::string message;  // see say()
  std::int64_t message_ns = 0;
  // Under the cursor, in any view; of `plotted` while it is over the plot of a profile.
  std::optional<Vec3> cursor, plotted;
  std::string pointed;         // id of the slice under the cursor; empty: none
  bool camera_placed = false;  // by the first field of view
  std::uint64_t images_received = 0, images_bytes = 0, overlays_received = 0;
  // What the figures of a report count from.
  struct Begin {
    std::int64_t steady_ns = 0;
    std::uint64_t images_received = 0, images_shown = 0;
  };
  Begin figures_from;
  std::uint64_t images_shown = 0;  // that came to the screen, whole

 private:
  Redraw take(const SliceFramePtr& frame);
  Redraw take(const PreviewFramePtr& frame);
  Redraw take(const ThumbnailFramePtr& frame);
  Redraw take(const OverlayFramePtr& frame);
  Redraw take(const SliceHistogramPtr& histogram);
  Redraw take(const SceneArrival& arrival);
  Redraw take(const SliceGone& gone);
  Redraw take(const SliceAnswer& answer);
  Redraw take(const ServiceAnswer& answer);
  Redraw take(const ReportPtr& report);
  void forget_slice(const std::string& id);
  void forget_those_who_left();
  void add_kept_overlay(const std::string& id, ShownSlice& shown) const;
  void forget_scene();
  void send_requests();
  void place_camera();

  Mailbox& mailbox_;
  Retirement retired_;
  std::string connected_to_;  // hub
  FactsBook facts_;
  std::map<std::string, SliceHistogramPtr> histograms_;
  // Images of slices that the scene does not list yet: it is sent under a key of its own.
  std::map<std::string, SliceFramePtr> early_;
  std::map<std::string, OverlayFramePtr> early_overlays_;   // by service and slice
  Absence absence_;                                         // of services
  std::map<std::string, std::int64_t> newest_acquired_ns_;  // by slice
  bool preview_contrasted_ = false;
  std::map<std::string, std::int64_t> contrasted_ns_;  // automatically, by slice
  std::map<std::string, std::uint64_t> parameter_tickets_;
  std::optional<geometry::FieldOfView> field_;
};

}  // namespace slicecast::viewer
