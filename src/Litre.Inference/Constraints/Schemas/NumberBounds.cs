namespace Litre.Inference.Constraints.Schemas;

/// <summary>Limits of a number; null for none.</summary>
internal readonly record struct NumberBounds(decimal? Least, bool ExcludesLeast, decimal? Most, bool ExcludesMost)
{
    public bool IsUnlimited => Least is null && Most is null;

    /// <summary>The numbers within both.</summary>
    public NumberBounds And(NumberBounds other)
    {
        var (least, most) = (this, this);
        if (other.Least > Least || Least is null || (other.Least == Least && other.ExcludesLeast))
            least = other;
        if (other.Least is null)
            least = this;
        if (other.Most < Most || Most is null || (other.Most == Most && other.ExcludesMost))
            most = other;
        if (other.Most is null)
            most = this;
        return new(least.Least, least.ExcludesLeast, most.Most, most.ExcludesMost);
    }

    public bool Contains(decimal value) =>
        !(value < Least || (ExcludesLeast && value == Least) || value > Most || (ExcludesMost && value == Most));
}
