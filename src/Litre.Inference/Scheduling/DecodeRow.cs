namespace Litre.Inference.Scheduling;

/// <summary>The token of one sequence that a step reads.</summary>
/// <param name="Sequence">The sequence's number in the states.</param>
/// <param name="Token">Its last token, which no forward pass has processed.</param>
/// <param name="Position">The position of that token.</param>
/// <param name="Adapter">The slot of its adapter, or <see cref="Model.Layers.AdapterSelection.NoAdapter"/>.</param>
internal readonly record struct DecodeRow(int Sequence, int Token, int Position, int Adapter);
