namespace Litre.Library.Merging;

/// <summary>A merged adapter, compared with what was to be computed.</summary>
/// <param name="Method">How it was merged.</param>
/// <param name="Rank">The rank of its factors.</param>
/// <param name="Modules">The comparison of each weight's update.</param>
public sealed record MergeResult(MergeMethod Method, int Rank, IReadOnlyList<MergedModule> Modules)
{
    /// <summary>The distance of all updates from what they should be, relative to those (Frobenius norm).</summary>
    public double RelativeError => Norm(m => m.Error) is var error and > 0 ? error / Norm(m => m.Norm) : 0;

    /// <summary>The same distance as the omitted singular values predict it.</summary>
    public double PredictedError => Norm(m => m.PredictedError * m.Norm) is var error and > 0 ? error / Norm(m => m.Norm) : 0;

    /// <summary>Numbers of all updates that differ in float32.</summary>
    public long Different => Modules.Sum(m => m.Different);

    /// <summary>Numbers of all updates.</summary>
    public long Count => Modules.Sum(m => m.Count);

    private double Norm(Func<MergedModule, double> value) => Math.Sqrt(Modules.Sum(m => value(m) * value(m)));
}

/// <summary>The update of one weight (of one tensor of experts), compared with what it should be.</summary>
/// <param name="Key">The key of the weight.</param>
/// <param name="Count">Numbers of the update.</param>
/// <param name="Norm">The Frobenius norm of the update that it should be.</param>
/// <param name="Error">The Frobenius norm of the difference.</param>
/// <param name="PredictedError">Relative error by the omitted singular values; 0 if none were omitted.</param>
/// <param name="Different">Numbers that differ after both are rounded to float32.</param>
/// <param name="LargestExcess">
/// The largest difference of a number, as a multiple of what rounding the factors to float32 explains; at most 1 if nothing else differs.
/// Only for <see cref="MergeMethod.Linear"/>, otherwise 0.
/// </param>
public sealed record MergedModule(
    string Key,
    long Count,
    double Norm,
    double Error,
    double PredictedError,
    long Different,
    double LargestExcess
)
{
    /// <summary>The measured error relative to the update that it should be.</summary>
    public double RelativeError => Error > 0 ? Error / Norm : 0;
}
