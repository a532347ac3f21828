namespace Litre.Synthesis;

/// <summary>What was made.</summary>
/// <param name="Pictures">Pictures on all sides.</param>
/// <param name="TrainRows">Rows of <c>train.jsonl</c>.</param>
/// <param name="ValidationRows">Rows of <c>validation.jsonl</c>.</param>
/// <param name="TestRows">Rows of <c>test.jsonl</c>.</param>
/// <param name="Styles">The styles that the pictures are drawn in.</param>
public sealed record SynthesisResult(int Pictures, int TrainRows, int ValidationRows, int TestRows, IReadOnlyList<string> Styles);
