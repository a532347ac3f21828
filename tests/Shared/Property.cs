using FsCheck;
using FsCheck.Fluent;

namespace Shared;

/// <summary>Random cases by FsCheck. A case is a seed, which a failure prints; everything in it is drawn from that seed.</summary>
public static class Property
{
    /// <param name="cases">How many cases are tried.</param>
    /// <param name="body">Throws where the property does not hold.</param>
    public static void Holds(int cases, Action<Random> body) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => body(new Random(seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true));

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public static int Between(this Random random, int least, int most) => random.Next(least, most + 1);

    public static bool Flip(this Random random) => random.Next(2) == 0;

    /// <summary>Numbers from -1 to 1.</summary>
    public static double[] Doubles(this Random random, long count)
    {
        var values = new double[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextDouble() * 2 - 1;
        return values;
    }
}
