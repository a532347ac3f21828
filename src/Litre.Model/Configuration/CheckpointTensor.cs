namespace Litre.Model.Configuration;

/// <summary>One tensor of a checkpoint.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Shape">Matrices are (out, in), stacked experts (E, out, in).</param>
/// <param name="Role">Its purpose.</param>
public sealed record CheckpointTensor(string Key, long[] Shape, TensorRole Role = TensorRole.Other)
{
    /// <summary>Whether it belongs to the vision tower.</summary>
    public bool IsVision { get; init; }

    /// <summary>Whether a residual branch ends in it.</summary>
    public bool EndsResidual { get; init; }

    /// <summary>Whether a file may lack it: an output head that is the embedding itself.</summary>
    public bool IsOptional { get; init; }

    /// <summary>Its shape in a file of this layout.</summary>
    public long[] ShapeIn(ExpertLayout layout) =>
        Role == TensorRole.Experts && layout == ExpertLayout.Hub ? [Shape[0], Shape[2], Shape[1]] : Shape;
}

/// <summary>The purpose of a tensor, as far as code outside its layer needs it.</summary>
public enum TensorRole
{
    Other,

    /// <summary>Token embedding.</summary>
    Embedding,

    /// <summary>Output head.</summary>
    Head,

    /// <summary>Chooses experts.</summary>
    Router,

    /// <summary>Matrices of all experts of a layer.</summary>
    Experts,
}
