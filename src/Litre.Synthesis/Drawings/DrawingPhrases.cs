using Litre.Synthesis.Sheets;

namespace Litre.Synthesis.Drawings;

/// <summary>The wording of questions about drawings: several variants each, in English and Chinese.</summary>
internal static class DrawingPhrases
{
    public static QuestionSpec PartNumber(string item, string answer) =>
        new(
            "part_number",
            [
                $"What is the part number of item {item}?",
                $"Which part number does balloon {item} stand for?",
                $"Give the part number of the part marked {item}.",
            ],
            [$"序号{item}的图号是什么？", $"球标{item}对应的零件图号是多少？", $"请写出第{item}项的零件图号。"],
            answer
        );

    public static QuestionSpec Material(string item, string answer) =>
        new(
            "material",
            [
                $"What material is item {item} made of?",
                $"Give the material of item {item}.",
                $"Which material does the parts table state for balloon {item}?",
            ],
            [$"序号{item}用什么材料？", $"请写出第{item}项的材料牌号。", $"球标{item}的零件是什么材料？"],
            answer
        );

    public static QuestionSpec Quantity(string item, string answer) =>
        new(
            "quantity",
            [
                $"How many pieces of item {item} are needed?",
                $"What is the quantity of item {item}?",
                $"How often is the part marked {item} used?",
            ],
            [$"序号{item}的数量是多少？", $"第{item}项需要几件？", $"球标{item}的零件要用多少件？"],
            answer
        );

    public static QuestionSpec ItemOfPart(string partNumber, string answer) =>
        new(
            "item_of_part",
            [
                $"Which item has the part number {partNumber}?",
                $"Under which item number is {partNumber} listed?",
                $"Which balloon marks part {partNumber}?",
            ],
            [$"图号{partNumber}的序号是多少？", $"{partNumber}是明细表里的第几项？", $"哪个球标标的是零件{partNumber}？"],
            answer
        );

    public static QuestionSpec Dimension(char tag, string answer) =>
        new(
            "dimension",
            [
                $"What is dimension {tag}?",
                $"Read off dimension {tag} with its tolerance, if it has one.",
                $"Which size is given for the dimension marked {tag}?",
            ],
            [$"尺寸{tag}是多少？", $"请读出标记为{tag}的尺寸，有公差也写上。", $"{tag}处标注的尺寸是什么？"],
            answer
        )
        {
            Weight = 6,
        };

    public static QuestionSpec NamedDimension(DimensionSubject subject, string answer)
    {
        var (english, chinese) = subject switch
        {
            DimensionSubject.ShaftLength => ("overall length of the shaft", "轴的总长"),
            DimensionSubject.ShaftDiameter => ("largest diameter of the shaft", "轴的最大直径"),
            DimensionSubject.FlangeDiameter => ("outer diameter of the flange", "法兰的外径"),
            DimensionSubject.PlateWidth => ("width of the plate", "板的宽度"),
            _ => ("height of the plate", "板的高度"),
        };
        return new QuestionSpec(
            "named_dimension",
            [$"What is the {english}?", $"Give the {english} as it is dimensioned."],
            [$"{chinese}是多少？", $"请按标注写出{chinese}。"],
            answer
        )
        {
            Weight = 2,
        };
    }

    public static QuestionSpec DrawingNumber(string answer) =>
        new(
            "drawing_number",
            ["What is the number of this drawing?", "Which drawing number does the title block give?", "Give the drawing number."],
            ["这张图的编号是什么？", "标题栏里的图样编号是多少？", "请写出图纸编号。"],
            answer
        )
        {
            Weight = 2,
        };

    public static QuestionSpec Scale(string answer) =>
        new(
            "scale",
            ["At which scale is it drawn?", "What is the scale of this drawing?", "Which scale does the title block state?"],
            ["这张图的比例是多少？", "标题栏里的比例是什么？", "图纸按什么比例绘制？"],
            answer
        )
        {
            Weight = 2,
        };

    public static QuestionSpec Date(string answer) =>
        new(
            "date",
            ["When was it drawn?", "What is the date of this drawing?", "Which date does the title block give?"],
            ["这张图是什么时候画的？", "标题栏里的日期是什么？", "请写出图纸日期。"],
            answer
        )
        {
            Weight = 2,
        };

    public static QuestionSpec Title(string answer) =>
        new(
            "title",
            ["What is the title of this drawing?", "What does the drawing show, by its title?", "Give the title in the title block."],
            ["这张图的名称是什么？", "标题栏里的名称是什么？", "请写出图样名称。"],
            answer
        )
        {
            Weight = 2,
        };

    public static QuestionSpec ItemCount(string answer) =>
        new(
            "item_count",
            ["How many items does the parts table list?", "How many different parts are there?", "What is the number of items?"],
            ["明细表里有几项？", "一共有多少种零件？", "零件项数是多少？"],
            answer
        )
        {
            Weight = 1,
        };

    public static QuestionSpec Box(string english, string chinese, string answer, string chineseAnswer) =>
        new(
            "box",
            [$"Where is {english}? Answer with its bounding box.", $"Locate {english} with a box."],
            [$"{chinese}在哪里？请用边界框回答。", $"请用框标出{chinese}。"],
            answer,
            chineseAnswer
        )
        {
            Weight = 2,
        };

    public static QuestionSpec TranscribeTable(string answer) =>
        new(
            "transcribe",
            [
                "Write out the parts table, one line an item: item, part number, material, quantity.",
                "Transcribe the parts table in the order of the items: item, part number, material, quantity.",
            ],
            ["请抄录明细表，每项一行：序号、图号、材料、数量。", "按序号逐行写出明细表：序号、图号、材料、数量。"],
            answer
        );

    public static QuestionSpec TranscribeDimensions(string answer) =>
        new(
            "transcribe",
            ["List all dimensions, one a line, by their letters.", "Write out every dimension with its letter, in alphabetical order."],
            ["请按字母逐行列出所有尺寸。", "请写出全部尺寸，每行一个，按字母顺序。"],
            answer
        );

    public static QuestionSpec TranscribeTitle(string answer) =>
        new(
            "transcribe",
            [
                "Write out the title block, one line each: drawing number, title, scale, date.",
                "Transcribe drawing number, title, scale and date, each on a line of its own.",
            ],
            ["请逐行抄录标题栏：图样编号、名称、比例、日期。", "请依次写出图样编号、名称、比例和日期，每行一个。"],
            answer
        );
}
