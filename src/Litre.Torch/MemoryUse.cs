namespace Litre.Torch;

/// <summary>What a tensor's bytes are used for.</summary>
public enum MemoryUse
{
    /// <summary>Results and temporary memory of operators, soon freed.</summary>
    Working,

    /// <summary>The checkpoint's tensors.</summary>
    Weights,

    /// <summary>Factors of low-rank updates.</summary>
    Adapters,

    Gradients,

    /// <summary>Optimizer moments, and float32 copies of the values that are updated.</summary>
    Optimizer,

    /// <summary>Values saved for the backward.</summary>
    Saved,

    /// <summary>Tokens, positions and images of the batch.</summary>
    Inputs,

    /// <summary>Keys and values of tokens already generated.</summary>
    Caches,

    /// <summary>Vision features of images from a frozen vision tower, kept for reuse.</summary>
    Features,
}
