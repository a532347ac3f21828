namespace Litre.Model.Layers;

/// <summary>Checkpoint keys of a vision tower.</summary>
/// <param name="PatchWeight">Patch embedding.</param>
/// <param name="PatchBias">Its bias.</param>
/// <param name="Positions">Learned position grid.</param>
/// <param name="Blocks">The keys of each block.</param>
/// <param name="Merger">The keys of the merger to the text width.</param>
/// <param name="DeepstackMergers">The keys of the mergers after inner blocks.</param>
public sealed record VisionKeys(
    string PatchWeight,
    string PatchBias,
    string Positions,
    IReadOnlyList<VisionBlockKeys> Blocks,
    VisionMergerKeys Merger,
    IReadOnlyList<VisionMergerKeys> DeepstackMergers
);

/// <summary>Names of the modules of one block, each with a weight and a bias.</summary>
public sealed record VisionBlockKeys(string Norm1, string Qkv, string Projection, string Norm2, string First, string Second);

/// <summary>Names of the modules of one merger, each with a weight and a bias.</summary>
public sealed record VisionMergerKeys(string Norm, string First, string Second);
