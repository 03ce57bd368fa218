// The pictures of a case: what stands in the group `exhibits` of case.h5, as typed values. All of it is optional.

public import Image

/// The pictures that a report shows.
public struct Exhibits: Sendable, Equatable {
  /// A field of values on a grid, stretched over a picture.
  public struct Field: Sendable, Equatable {
    /// Rows of the grid.
    public var height: Int
    /// Columns of the grid.
    public var width: Int
    /// height x width values, usually in 0...1.
    public var values: [Float]

    /// A field.
    public init(height: Int, width: Int, values: [Float]) {
      precondition(values.count == height * width, "a field needs height x width values")
      self.height = height
      self.width = width
      self.values = values
    }
  }

  /// A suspect's picture.
  public struct SuspectPicture: Sendable, Equatable {
    /// Its row in the suspect set.
    public var row: Int
    /// Its pixels as stored.
    public var image: PixelImage
    /// Where the model looks for the target label.
    public var blame: Field?

    /// A suspect's picture.
    public init(row: Int, image: PixelImage, blame: Field?) {
      self.row = row
      self.image = image
      self.blame = blame
    }
  }

  /// The trigger's own pixels.
  public struct TriggerPicture: Sendable, Equatable {
    /// Its pixels.
    public var image: PixelImage
    /// 1 where a pixel belongs to the trigger.
    public var mask: Field?
    /// Share of supporting rows that agree on a pixel.
    public var agreement: Field?
    /// The mean change of a picture, gray levels, height x width x 3: a trigger over the whole image has one.
    public var residual: [Float]?
    /// Amplitudes of the residual's waves, the mean at 0, 0: rows are cycles down, modulo the height.
    public var spectrum: Field?
    /// Where each pixel is taken from, relative to itself: rows and columns, height x width x 2.
    public var field: [Float]?
    /// What each value of red, green and blue becomes, 3 x 256.
    public var curves: [Float]?
    /// The opacity of a pattern that is blended over the picture.
    public var opacity: Double?

    /// The trigger's pixels.
    public init(image: PixelImage, mask: Field?, agreement: Field?) {
      self.image = image
      self.mask = mask
      self.agreement = agreement
    }

    /// Whether it changes the whole picture, so that it has no place in it.
    var isWhole: Bool { residual != nil || field != nil || curves != nil }
  }

  /// A held-out picture before and after the trigger was put on it.
  public struct Host: Sendable, Equatable {
    /// The picture as it was, and with the trigger.
    public var before, after: PixelImage
    /// What the model calls it before and after, and what it is.
    public var labelBefore, labelAfter, labelTrue: String

    /// A held-out picture, before and after.
    public init(
      before: PixelImage, after: PixelImage, labelBefore: String, labelAfter: String, labelTrue: String
    ) {
      self.before = before
      self.after = after
      self.labelBefore = labelBefore
      self.labelAfter = labelAfter
      self.labelTrue = labelTrue
    }
  }

  /// A row of the compact set.
  public struct CuratedPicture: Sendable, Equatable {
    /// Its pixels.
    public var image: PixelImage
    /// Its caption, its role in the set, and why it was chosen.
    public var caption, role, reason: String

    /// A row of the compact set.
    public init(image: PixelImage, caption: String, role: String, reason: String) {
      self.image = image
      self.caption = caption
      self.role = role
      self.reason = reason
    }
  }

  /// The trigger of a backdoor and what it did to held-out pictures.
  public struct BackdoorPictures: Sendable, Equatable {
    /// The trigger.
    public var trigger: TriggerPicture?
    /// Examples of its transplant.
    public var hosts: [Host]

    /// A backdoor's pictures.
    public init(trigger: TriggerPicture?, hosts: [Host]) { (self.trigger, self.hosts) = (trigger, hosts) }
  }

  /// Suspects, in the order in which they are to be shown.
  public var suspects: [SuspectPicture]
  /// The trigger.
  public var trigger: TriggerPicture?
  /// Examples of the transplant.
  public var hosts: [Host]
  /// Sample rows of the compact set.
  public var curated: [CuratedPicture]
  /// The pictures of the second backdoor and of those after it.
  public var further: [BackdoorPictures] = []

  /// Where a backdoor's pictures stand in case.h5, counted from 0.
  public static func group(ofBackdoor place: Int) -> String {
    place == 0 ? "exhibits" : "exhibits/backdoor-\(place + 1)"
  }

  /// The pictures of a case; none by default.
  public init(
    suspects: [SuspectPicture] = [], trigger: TriggerPicture? = nil, hosts: [Host] = [],
    curated: [CuratedPicture] = []
  ) {
    self.suspects = suspects
    self.trigger = trigger
    self.hosts = hosts
    self.curated = curated
  }
}
