namespace Litre.Training.Tuning;

/// <summary>Trainable parameters of all modules of one kind.</summary>
/// <param name="Kind">Such as <c>language_model.layers.*.self_attn.q_proj</c>.</param>
/// <param name="Modules">How many there are.</param>
/// <param name="Shape">What is trained in each, such as <c>A (16, 2048), B (4096, 16)</c>.</param>
/// <param name="Parameters">In all of them together.</param>
public sealed record TrainableModules(string Kind, int Modules, string Shape, long Parameters);
