namespace Litre.Torch;

/// <summary>What a tensor's bytes are there for.</summary>
public enum MemoryUse
{
    /// <summary>Whatever an operator gives or needs on the way, soon freed.</summary>
    Working,

    /// <summary>The checkpoint's tensors.</summary>
    Weights,

    /// <summary>Factors of low-rank updates.</summary>
    Adapters,

    Gradients,

    /// <summary>Moments, and float32 copies of the values that are updated.</summary>
    Optimizer,

    /// <summary>What the backward reads again.</summary>
    Saved,

    /// <summary>Tokens, positions and images of the batch.</summary>
    Inputs,

    /// <summary>Keys and values of tokens already generated.</summary>
    Caches,

    /// <summary>What the frozen vision tower made of images, kept for the next time.</summary>
    Features,
}
