namespace Litre.Training.Optimization;

/// <summary>Settings of AdamW (Loshchilov and Hutter 2019). The learning rate comes with each step.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Eps">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled decay, per unit of learning rate.</param>
/// <param name="ClipNorm">Gradients are scaled down to this global norm; 0 or less leaves them.</param>
public sealed record AdamWSettings(
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double Eps = 1e-8,
    double WeightDecay = 0.01,
    double ClipNorm = 1.0
);
