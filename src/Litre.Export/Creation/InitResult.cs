namespace Litre.Export.Creation;

/// <summary>The created checkpoint.</summary>
/// <param name="Output">The folder.</param>
/// <param name="ModelType"><c>model_type</c> of its configuration.</param>
/// <param name="Parameters">Number of weights; an output head tied to the embedding counts once.</param>
/// <param name="VisionParameters">Those of the vision tower.</param>
/// <param name="WeightBytes">Size of the weight files' tensors.</param>
/// <param name="Shards">Weight files.</param>
/// <param name="Vocabulary">Rows of the embedding.</param>
/// <param name="Tokens">Tokens of the tokenizer; 0 if none was trained or copied.</param>
/// <param name="Merges">Tokens learned from the data; 0 if none were learned.</param>
public sealed record InitResult(
    string Output,
    string ModelType,
    long Parameters,
    long VisionParameters,
    long WeightBytes,
    int Shards,
    int Vocabulary,
    int Tokens,
    int Merges
);
