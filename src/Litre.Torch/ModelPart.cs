namespace Litre.Torch;

/// <summary>The part of a model that an operator works for.</summary>
public enum ModelPart
{
    /// <summary>Operators without a label: embedding, residual sums, inputs.</summary>
    Other,

    /// <summary>The vision tower with its mergers.</summary>
    Vision,

    /// <summary>Attention of the text layers, with its projections.</summary>
    Attention,

    /// <summary>Dense feed-forward layers of the text.</summary>
    FeedForward,

    /// <summary>Mixtures of experts, with their routers.</summary>
    Experts,

    /// <summary>Norms before and after the layers of the text.</summary>
    Norm,

    /// <summary>Output head and loss.</summary>
    Head,

    /// <summary>Gradient clipping, and the update of the trained weights.</summary>
    Optimizer,
}
