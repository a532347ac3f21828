using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Model.Identity;

namespace Litre.Library.Entries;

/// <summary>One version of an adapter in the library.</summary>
public sealed record AdapterEntry
{
    /// <summary>The adapter's name.</summary>
    public required string Name { get; init; }

    /// <summary>The version, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>Where it comes from.</summary>
    public required AdapterOrigin Origin { get; init; }

    /// <summary>When it was registered (UTC).</summary>
    public required DateTimeOffset Registered { get; init; }

    /// <summary>The version of Litre that registered it.</summary>
    public required string LitreVersion { get; init; }

    /// <summary>The folder with its files: that of the run, or the library's own copy.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder that it was registered from; null if it was made in the library.</summary>
    public string? Source { get; init; }

    /// <summary>Whether <see cref="Folder"/> belongs to the library.</summary>
    public bool IsCopy { get; init; }

    /// <summary>The adapter's files, as they were when it was registered.</summary>
    public required IReadOnlyList<EntryFile> Files { get; init; }

    /// <summary>Its rank, scale and modules.</summary>
    public required AdapterShape Shape { get; init; }

    /// <summary>The base weights; null if the adapter has no record of them.</summary>
    public BaseIdentity? Base { get; init; }

    /// <summary>The folder or hub name of the base model, as the run or the adapter names it.</summary>
    public string? Model { get; init; }

    /// <summary>The path of the training data; null if it is unknown.</summary>
    public string? Data { get; init; }

    /// <summary>Identifies the training samples; null if it is unknown.</summary>
    public string? DataFingerprint { get; init; }

    /// <summary>All settings of the run; empty if it was not trained by a run.</summary>
    public IReadOnlyDictionary<string, string> Recipe { get; init; } = new Dictionary<string, string>();

    /// <summary>What was measured; null if nothing was.</summary>
    public AdapterScores? Scores { get; init; }

    /// <summary>The user's remark.</summary>
    public string Note { get; init; } = "";

    /// <summary>The adapters that it was made from: one that a run continued, or those of a merge.</summary>
    public IReadOnlyList<AdapterParent> Parents { get; init; } = [];

    /// <summary>How the parents were merged, such as <c>svd, rank 16</c>; null for other adapters.</summary>
    public string? Merge { get; init; }

    /// <summary>Fields of other versions of Litre, which are kept.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; init; }

    /// <summary><c>NAME@VERSION</c>; for a folder that is not registered, its path.</summary>
    [JsonIgnore]
    public string Id => Version == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}@{Version}");

    /// <summary>Bytes of all files.</summary>
    [JsonIgnore]
    public long Bytes => Files.Sum(f => f.Bytes);

    /// <summary>Whether both have the same files.</summary>
    internal bool HasFilesOf(AdapterEntry other) => Files.SequenceEqual(other.Files);
}

/// <summary>Where an adapter comes from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AdapterOrigin>))]
public enum AdapterOrigin
{
    /// <summary>The best adapter of a run.</summary>
    [JsonStringEnumMemberName("run")]
    Run,

    /// <summary>Added from a folder.</summary>
    [JsonStringEnumMemberName("added")]
    Added,

    /// <summary>Merged from others.</summary>
    [JsonStringEnumMemberName("merged")]
    Merged,
}

/// <summary>A file of an adapter.</summary>
/// <param name="Name">Its name in the adapter's folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">The hash of its content, in lower case.</param>
public sealed record EntryFile(string Name, long Bytes, string Sha256);

/// <summary>Rank, scale and modules of an adapter.</summary>
/// <param name="Rank">r.</param>
/// <param name="Alpha">The numerator of the scale.</param>
/// <param name="RankStabilized">Whether the scale is alpha/√r instead of alpha/r.</param>
/// <param name="Targets">Modules and parameters that it changes, as its configuration names them.</param>
public sealed record AdapterShape(int Rank, double Alpha, bool RankStabilized, IReadOnlyList<string> Targets);

/// <summary>An adapter that another one was made from.</summary>
/// <param name="Adapter">Its <c>NAME@VERSION</c>, or its path if it is not in the library.</param>
/// <param name="Weight">Its weight in a merge; null if a run continued it.</param>
/// <param name="Sha256">The hash of its weights.</param>
public sealed record AdapterParent(string Adapter, double? Weight, string Sha256);
