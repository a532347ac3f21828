using System.Globalization;

namespace Litre.Synthesis.Drawings;

/// <summary>How a style writes the content of a drawing. This one writes everything as in answers; immutable.</summary>
/// <param name="dateFormat">The format of dates.</param>
internal class DrawingNotation(string dateFormat)
{
    /// <summary>The content as this office uses it: its own families of parts and its own choice of materials.</summary>
    public virtual DrawingContent Localize(DrawingContent content) => content;

    public virtual string Item(int number) => number.ToString(CultureInfo.InvariantCulture);

    public virtual string PartNumber(string partNumber) => partNumber;

    public virtual string Material(string material) => material;

    public virtual string Quantity(int quantity) => quantity.ToString(CultureInfo.InvariantCulture);

    public virtual string Dimension(Dimension dimension) => dimension.Text;

    public virtual string DrawingNumber(string number) => number;

    public virtual string Scale(string scale) => scale;

    public virtual string Date(DateOnly date) => DateAnswer(date);

    public virtual string Title(string title) => title;

    /// <summary>The date as written in the answer: in these styles, as it is drawn.</summary>
    public virtual string DateAnswer(DateOnly date) => date.ToString(dateFormat, CultureInfo.InvariantCulture);
}
