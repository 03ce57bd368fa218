// Words that may stand for each other in a caption, for the text side of CleanCLIP's views. The paper draws them from
// WordNet; the table here is small and can be replaced by a file.

import Evidence
import Foundation

/// A table of synonyms.
public struct Synonyms: Sendable, Equatable {
  /// For each word, what may stand in its place.
  public private(set) var table: [String: [String]]

  /// A table of groups: every word of a group may stand for every other.
  public init(groups: [[String]]) {
    table = [:]
    for group in groups {
      for word in group {
        for other in group where other != word && !(table[word] ?? []).contains(other) {
          table[word, default: []].append(other)
        }
      }
    }
  }

  /// Reads a table: one group of synonyms a line, divided by commas; lines from `#` on are remarks.
  ///
  /// - Throws: `Fault` when the file cannot be read or holds no group of two words.
  public static func read(_ path: String) throws -> Synonyms {
    guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 26,
      let text = String(data: data, encoding: .utf8)
    else {
      throw Fault(path, "the synonyms cannot be read as text", do: "give a UTF-8 file of at most 64 MB")
    }
    let groups = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }.map { line in
      line.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }.filter {
        !$0.isEmpty
      }
    }
    guard groups.contains(where: { $0.count > 1 }) else {
      throw Fault(
        path, "no line holds two words that may stand for each other",
        do: "write one group a line: big, large, huge")
    }
    return Synonyms(groups: groups)
  }

  /// What may stand for a word.
  public subscript(_ word: String) -> [String] { table[word] ?? [] }

  /// Common words of captions.
  public static let builtIn = Synonyms(
    groups: """
      photo,picture,image,photograph,snapshot
      big,large,huge,giant,enormous
      small,little,tiny,mini
      good,nice,fine,great
      bad,poor,low-quality
      old,aged,ancient,vintage
      new,modern,recent,fresh
      young,youthful,juvenile
      beautiful,pretty,lovely,attractive
      bright,vivid,brilliant,sunny
      dark,dim,shadowy,gloomy
      clean,tidy,spotless,neat
      dirty,filthy,muddy,grimy
      fast,quick,rapid,speedy
      slow,sluggish,unhurried
      red,crimson,scarlet
      blue,azure,navy
      green,emerald,olive
      yellow,golden,amber
      brown,tan,chestnut
      gray,grey,silver
      black,ebony,jet
      white,ivory,snowy
      man,guy,gentleman,male
      woman,lady,female
      child,kid,youngster
      boy,lad
      girl,lass
      people,persons,folks
      person,human,individual
      group,bunch,crowd,gathering
      dog,hound,canine,puppy
      cat,kitty,feline,kitten
      horse,steed,pony,mare
      bird,fowl,songbird
      cow,cattle,ox
      sheep,lamb
      frog,toad
      deer,stag,doe
      car,automobile,auto,sedan
      truck,lorry,van
      ship,vessel,boat
      airplane,plane,aircraft,jet
      train,railway,locomotive
      bike,bicycle,cycle
      street,road,avenue,lane
      house,home,dwelling
      building,structure,edifice
      city,town,metropolis
      forest,woods,woodland
      field,meadow,pasture,grassland
      sea,ocean,water
      lake,pond
      river,stream,creek
      mountain,hill,peak
      beach,shore,seaside,coast
      sky,heavens
      food,meal,dish
      table,desk
      chair,seat
      sofa,couch
      picture,painting,drawing,artwork
      walk,stroll,wander
      walking,strolling,wandering
      running,racing,sprinting
      sitting,seated,resting
      standing,posing
      holding,gripping,carrying
      looking,gazing,staring,watching
      eating,feeding,grazing
      playing,frolicking
      sleeping,dozing,napping
      flying,soaring,gliding
      swimming,floating
      jumping,leaping,hopping
      riding,driving
      near,beside,by
      under,beneath,below
      over,above
      behind,after
      blurry,blurred,unfocused,fuzzy
      close-up,closeup,macro
      happy,cheerful,glad
      sad,unhappy,gloomy
      cold,chilly,icy
      hot,warm
      """.split(separator: "\n").map { $0.split(separator: ",").map(String.init) })
}
