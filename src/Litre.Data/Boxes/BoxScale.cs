namespace Litre.Data.Boxes;

/// <summary>On what scale the data write boxes and points; Qwen3-VL's is 0 to 1000 along both sides.</summary>
public enum BoxScale
{
    /// <summary>0 to 1000, or whatever they are: nothing is converted.</summary>
    Thousandths,

    /// <summary>Pixels of the upright image as it is in its file, as Qwen2.5-VL's data have them.</summary>
    Pixels,

    /// <summary>Shares of the image's sides, 0 to 1.</summary>
    Fractions,
}
